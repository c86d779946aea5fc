/** Logins that do not come to their end: what each leaves of the session. */
import assert from "node:assert/strict";
import {
  AccountsError,
  type Authenticator,
  type LoginStep,
} from "../../lib/accounts/mod.ts";
import { loginOf, type SessionPeer, Site } from "./site.ts";

/** Has too much to do, from some step on. */
class Busy implements Authenticator {
  readonly mechanisms = ["SCRAM-SHA-256"];
  /** @param stepsLeft How many steps it still does. */
  constructor(private stepsLeft: number) {}

  begin(): Promise<LoginStep> {
    return this.#step({
      kind: "continue",
      reply: "r=n,s=c2FsdA==,i=4096",
      next: () => this.#step({ kind: "refused", reply: "e=other-error" }),
    });
  }

  #step(done: LoginStep): Promise<LoginStep> {
    if (this.stepsLeft-- > 0) return Promise.resolve(done);
    const busy = new AccountsError("busy", "too many at once");
    return Promise.reject(busy);
  }
}

async function steps(peer: SessionPeer, count: number): Promise<unknown[]> {
  const statuses = [];
  const [first, second] = loginOf(0, "alex");
  for (let at = 0; at < count; at++) {
    const { status_code } = await peer.ask({
      ...(at % 2 === 0 ? first : second),
      id: ++peer.id,
    });
    statuses.push(status_code);
  }
  return statuses;
}

for (
  const { name, stepsLeft, statuses } of [
    { name: "first", stepsLeft: 0, statuses: [208] },
    { name: "second", stepsLeft: 1, statuses: [205, 208] },
  ]
) {
  Deno.test(`no room for the ${name} step of a login: 208, and the session goes on`, async () => {
    await using site = await Site.open({ authenticator: new Busy(stepsLeft) });
    const peer = await site.dial();
    await peer.hello();
    assert.deepEqual(await steps(peer, statuses.length), statuses);
    // It does not count towards the three failures.
    for (let time = 0; time < 4; time++) {
      assert.deepEqual(await steps(peer, 1), [208]);
    }
    const { status_code } = await peer.ask({ action: "stat", filename: "a" });
    assert.equal(status_code, 206);
    await peer.send({ action: "ping", token: "still here" });
    assert.equal((await peer.message()).token, "still here");
  });
}
