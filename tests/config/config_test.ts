/** Settings: where each comes from, what is refused, how it is told. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  ALL_SETTINGS,
  type ConfigInputs,
  flagOf,
  formatSettingProblem,
  loadConfig,
  resolveConfig,
  variableOf,
} from "../../lib/config/mod.ts";

function resolve(
  { flags = {}, env = {}, ini, file = "/etc/ftpd.ini" }: {
    flags?: Record<string, string>;
    env?: Record<string, string>;
    ini?: string;
    file?: string;
  },
) {
  const inputs: ConfigInputs = {
    ...{ flags: new Map(Object.entries(flags)), env, cwd: "/work" },
    ...(ini === undefined ? {} : { ini: { file, text: ini } }),
  };
  const resolved = resolveConfig(inputs);
  const problems = resolved.problems.map(formatSettingProblem);
  return { ...resolved, problems };
}

Deno.test("the defaults are these", () => {
  const { config, sources, problems } = resolve({});
  assert.deepEqual(problems, []);
  assert.deepEqual(config, {
    host: "127.0.0.1",
    port: 10021,
    ftpPort: null,
    accounts: "/work/accounts.ini",
    home: "/work/home",
    loginTimeoutMs: 30_000,
    idleTimeoutMs: 900_000,
    stallTimeoutMs: 60_000,
    graceMs: 10_000,
    maxConnections: 4096,
    maxConnectionsPerAddress: 256,
    maxConnectionsPerUser: 64,
    maxUnauthenticated: 1024,
    maxUploadBytes: null,
    partTtlMs: 24 * 3600_000,
    partsMax: 64,
    minRateBytesPerSecond: 1024,
    requestsAhead: 1024,
    durable: false,
    logLevel: "info",
    logFormat: "text",
    debug: false,
  });
  const keys = ALL_SETTINGS.map(({ key }) => key);
  assert.deepEqual([...sources.keys()].toSorted(), keys.toSorted());
  for (const { from } of sources.values()) assert.equal(from, "default");
});

const FLAG = { port: "1" };
const VARIABLE = { FTPD_PORT: "2" };
const INI = "[ftpd]\nport = 3";
const PRECEDENCE = [
  {
    name: "a flag",
    given: { flags: FLAG, env: VARIABLE, ini: INI },
    is: 1,
    from: "--port",
  },
  {
    name: "a variable",
    given: { env: VARIABLE, ini: INI },
    is: 2,
    from: "FTPD_PORT",
  },
  { name: "ftpd.ini", given: { ini: INI }, is: 3, from: "/etc/ftpd.ini:2" },
  { name: "the default", given: {}, is: 10021, from: "default" },
];
for (const { name, given, is, from } of PRECEDENCE) {
  Deno.test(`${name} wins over what comes after it`, () => {
    const { config, sources, problems } = resolve(given);
    assert.deepEqual(problems, []);
    assert.equal(config.port, is);
    assert.equal(sources.get("port")?.from, from);
  });
}

Deno.test("relative paths: to the file in a file, else to the working directory", () => {
  const ini = "[ftpd]\naccounts = a.ini\nhome = ../srv";
  const { config, sources } = resolve({ ini });
  assert.equal(config.accounts, "/etc/a.ini");
  assert.equal(config.home, "/srv");
  assert.equal(sources.get("home")?.value, "/srv");
  const given = { flags: { home: "h" }, env: { FTPD_ACCOUNTS: "a.ini" }, ini };
  assert.equal(resolve(given).config.accounts, "/work/a.ini");
  assert.equal(resolve(given).config.home, "/work/h");
});

const OFF = ["idle_timeout", "stall_timeout", "min_rate", "max_upload"];
const SWITCHES = ["durable", "debug", "ftp_port"];
Deno.test("off is taken where it makes sense, and zero nowhere for no limit", () => {
  for (const { key } of ALL_SETTINGS) {
    const bad = (text: string) => resolve({ flags: { [key]: text } }).problems;
    const takesOff = [...OFF, ...SWITCHES, "host", "accounts", "home"];
    assert.equal(bad("off").length, takesOff.includes(key) ? 0 : 1, key);
    const takesZero = ["port", "host", "accounts", "home"];
    assert.equal(bad("0").length, takesZero.includes(key) ? 0 : 1, key);
    assert.equal(bad("").length, 1, key);
  }
});

Deno.test("each setting is reached by flag, variable and key of ftpd.ini", () => {
  const values: Record<string, string> = {
    ...{ host: "::1", ftp_port: "off", accounts: "x", home: "x" },
    ...{ durable: "on", log_level: "warn", log_format: "json", debug: "on" },
    ...{ login_timeout: "1s", idle_timeout: "1s", stall_timeout: "1s" },
    ...{ grace: "1s", max_upload: "1M", min_rate: "2K", part_ttl: "1h" },
  };
  for (const { key } of ALL_SETTINGS) {
    const value = values[key] ?? "7";
    const written = [
      { given: { flags: { [key]: value } }, from: flagOf(key) },
      { given: { env: { [variableOf(key)]: value } }, from: variableOf(key) },
      {
        given: { ini: `[ftpd]\n\n${key}=${value}` },
        from: "/etc/ftpd.ini:3",
      },
    ];
    for (const { given, from } of written) {
      const { sources, problems } = resolve(given);
      assert.deepEqual(problems, []);
      assert.equal(sources.get(key)?.from, from);
    }
  }
});

Deno.test("all problems are told at once, in the order of their places", () => {
  const { config, problems } = resolve({
    flags: { port: "x\x1b[2J", ftp_port: "2121" },
    env: {
      ...{ FTPD_PROT: "1", FTPD_GRACE: "1", PATH: "/bin", FTPD: "dist/ftpd" },
      ...{ FTPD_QUOTA: "1", FTPD_PORT: "70000" },
    },
    ini: "[ftpd]\nmax_conections = 5\ngrace = -1s\n x\nport = 1\nport = 2\n" +
      "config = y\n[fptd]\n[other]\n",
    file: "/work/ftpd.ini",
  });
  assert.equal(config.port, 2); // what is not wrong, for the check to go on with
  assert.deepEqual(problems, [
    "ftpd.ini:2: max_conections: is not known: did you mean max_connections?",
    'ftpd.ini:3: grace: "-1s" has not the right form: write 500ms, 30s, 15m, ' +
    "24h or 7d, or 0s",
    "ftpd.ini:4: starts with a blank: remove it",
    "ftpd.ini:6: port: is there already, in line 5",
    "ftpd.ini:7: config: is not known: `ftpd --help` lists the settings",
    "ftpd.ini:8: [fptd]: is not known: did you mean [ftpd]?",
    "ftpd.ini:9: [other]: is not known: did you mean [ftpd]?",
    "FTPD_PROT: is not known: did you mean FTPD_PORT?",
    "FTPD_QUOTA: is not known: `ftpd --help` lists the settings",
    'FTPD_PORT: "70000" is more than 65535: write a number from 0 to 65535 ' +
    "(0: any free port)",
    '--port: "x\\x1b[2J" has not the right form: write a number from 0 to ' +
    "65535 (0: any free port)",
    '--ftp-port: "2121" cannot be given yet: standard FTP comes in a later ' +
    "version: write off",
    'FTPD_GRACE: "1" has not the right form: write 500ms, 30s, 15m, 24h or ' +
    "7d, or 0s",
  ]);
});

Deno.test("keys and variables from the prototype are unknown ones", () => {
  const env = JSON.parse('{"FTPD___PROTO__": "1", "FTPD_CONSTRUCTOR": "1"}');
  const ini = "[ftpd]\n__proto__ = 1\n[__proto__]\nport = 1";
  assert.equal(resolve({ env, ini }).problems.length, 4);
});

async function inTempDir(run: (dir: string) => Promise<void>) {
  const dir = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "config-" }),
  );
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const NONE = new Map<string, string>();

Deno.test("ftpd.ini is read where it is, and need not be there", () =>
  inTempDir(async (cwd) => {
    const without = await loadConfig({ flags: NONE, env: {}, cwd });
    assert.deepEqual(without.problems, []);
    await Deno.writeTextFile(
      path.join(cwd, "ftpd.ini"),
      "\ufeff[ftpd]\r\nport: 7",
    );
    const { config, sources, problems } = await loadConfig({
      ...{ flags: NONE, env: {}, cwd },
    });
    assert.deepEqual([problems, config.port], [[], 7]);
    assert.equal(sources.get("port")?.from, "ftpd.ini:2");
  }));

Deno.test("a file of settings that is named has to be there", () =>
  inTempDir(async (cwd) => {
    const flags = new Map([["config", "none.ini"]]);
    const byFlag = await loadConfig({ flags, env: {}, cwd });
    assert.deepEqual(byFlag.problems.map(formatSettingProblem), [
      `--config: ${path.join(cwd, "none.ini")}: is not there`,
    ]);
    const env = { FTPD_CONFIG: cwd, FTPD_PORT: "x" };
    const byVariable = await loadConfig({ flags: NONE, env, cwd });
    const told = byVariable.problems.map(({ code, where }) => [code, where]);
    assert.deepEqual(told, [
      ["unreadable", `FTPD_CONFIG: ${cwd}`],
      ["bad_value", "FTPD_PORT"],
    ]);
    await Deno.mkdir(path.join(cwd, "etc"));
    const file = path.join(cwd, "etc", "x.ini");
    await Deno.writeTextFile(file, "[ftpd]\nhome = h");
    const named = new Map([["config", "etc/x.ini"]]);
    const { config, problems } = await loadConfig({
      flags: named,
      env: {},
      cwd,
    });
    assert.deepEqual(problems, []);
    assert.equal(config.home, path.join(cwd, "etc", "h"));
    await Deno.writeFile(file, Uint8Array.of(0x0a, 0xff));
    const bad = await loadConfig({ flags: named, env: {}, cwd });
    assert.match(bad.problems[0]?.where ?? "", /x\.ini:2$/);
  }));

Deno.test("the folder of homes need not be there, and must be no file", () =>
  inTempDir(async (cwd) => {
    const flags = new Map([["home", "h"]]);
    const before = await loadConfig({ flags, env: {}, cwd });
    assert.deepEqual(before.problems, []);
    const home = path.join(cwd, "h");
    await Deno.writeTextFile(home, "");
    const { problems } = await loadConfig({ flags, env: {}, cwd });
    assert.deepEqual(problems.map(formatSettingProblem), [
      `--home: ${home} is no folder: name the one that the homes are in`,
    ]);
  }));
