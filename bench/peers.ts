/**
 * The programs that ours are measured beside: those that this machine has.
 * Nothing is installed; what is missing is said.
 * @module
 */
import * as path from "node:path";

export interface Peer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Where a server says that its data connections are to be made. */
export interface Passive {
  readonly hostname: string;
  readonly first: number;
  readonly last: number;
}

/** Whoever logs in to rsync's daemon. */
export const RSYNC_USER = { name: "alex", password: "123" } as const;

export async function has(program: string): Promise<boolean> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if ((await Deno.stat(path.join(folder, program))).isFile) return true;
    } catch {
      // not in this folder
    }
  }
  return false;
}

/**
 * vsftpd, anonymous, with `folder` as its root and `folder/up` to write to.
 * @returns null where it is missing, or cannot run (it wants to be root).
 */
export async function startVsftpd(
  folder: string,
  scratch: string,
  passive?: Passive,
): Promise<Peer | null> {
  if (!await has("vsftpd") || Deno.uid() !== 0) return null;
  const port = freePort();
  const empty = path.join(scratch, "empty");
  await Deno.mkdir(empty, { recursive: true, mode: 0o755 });
  // It refuses an anonymous root that anybody may write to.
  await Deno.chmod(folder, 0o755);
  const up = path.join(folder, "up");
  await Deno.mkdir(up, { recursive: true });
  await Deno.chmod(up, 0o777);
  const config = path.join(scratch, "vsftpd.conf");
  await Deno.writeTextFile(
    config,
    [
      "listen=YES",
      "listen_address=127.0.0.1",
      `listen_port=${port}`,
      "background=NO",
      "anonymous_enable=YES",
      "no_anon_password=YES",
      `anon_root=${folder}`,
      "write_enable=YES",
      "anon_upload_enable=YES",
      "anon_mkdir_write_enable=YES",
      "anon_other_write_enable=YES",
      "anon_umask=022",
      `secure_chroot_dir=${empty}`,
      "seccomp_sandbox=NO",
      "xferlog_enable=NO",
      "max_clients=0",
      "max_per_ip=0",
      `pasv_address=${passive?.hostname ?? "127.0.0.1"}`,
      `pasv_min_port=${passive?.first ?? 0}`,
      `pasv_max_port=${passive?.last ?? 0}`,
      "",
    ].join("\n"),
  );
  return await started("vsftpd", [config], port);
}

/** Where RSYNC_USER's password is, for `--password-file`. */
export function rsyncPasswordFile(scratch: string): string {
  return path.join(scratch, "rsync.password");
}

/**
 * rsync's daemon, with `folder` as module `files`, and as module `asked` for
 * who logs in.
 */
export async function startRsync(
  folder: string,
  scratch: string,
): Promise<Peer | null> {
  if (!await has("rsync")) return null;
  const port = freePort();
  const config = path.join(scratch, "rsyncd.conf");
  const user = Deno.uid() === 0 ? ["uid = root", "gid = root"] : [];
  const { name, password } = RSYNC_USER;
  const secrets = path.join(scratch, "rsync.secrets");
  const mode = 0o600;
  await Deno.writeTextFile(secrets, `${name}:${password}\n`, { mode });
  await Deno.writeTextFile(rsyncPasswordFile(scratch), `${password}\n`, {
    mode,
  });
  await Deno.writeTextFile(
    config,
    [
      "use chroot = no",
      "address = 127.0.0.1",
      `pid file = ${path.join(scratch, "rsyncd.pid")}`,
      ...user,
      "[files]",
      `path = ${folder}`,
      "read only = no",
      "[asked]",
      `path = ${folder}`,
      "read only = no",
      `auth users = ${name}`,
      `secrets file = ${secrets}`,
      "",
    ].join("\n"),
  );
  const args = ["--daemon", "--no-detach", `--port=${port}`];
  return await started("rsync", [...args, `--config=${config}`], port);
}

async function started(
  command: string,
  args: string[],
  port: number,
): Promise<Peer | null> {
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const peer = {
    port,
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGTERM");
      } catch {
        // it has ended by itself
      }
      await child.status;
    },
  };
  for (let look = 0; look < 100; look++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return peer;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await peer[Symbol.asyncDispose]();
  return null;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
