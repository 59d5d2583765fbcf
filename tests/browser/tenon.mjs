// The real program with its own PostgreSQL, as a newcomer starts it.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const program = resolve(process.env.TENON_BIN ?? join(target, "debug/tenon"));

/** Where cargo puts the plugins' libraries; those of the tests are examples. */
export const libraries = dirname(program);

/** The samples that the pages are tried with: their ids, and how many migrations each brings. */
export const samples = Object.fromEntries(
  ["identity", "inventory", "orders", "reporting"].map((id) => {
    const files = readdirSync(join(root, "plugins", id, "migrations"));
    return [id, files.filter((file) => file.endsWith(".sql")).length];
  }),
);

/** "Inventory Plugin". */
export const nameOf = (id) => `${id[0].toUpperCase()}${id.slice(1)} Plugin`;

/**
 * Starts the host with the four sample plugins in an empty place, and waits until it serves.
 * The answer has the address, the administrator's credentials, `ask(path, body)` for the API, `heal()`, and `stop()`.
 * `settings` are lines of the configuration file, and `prepare` may change the plugin directory before the start. The
 * port is the system's choice unless said otherwise.
 */
export async function startTenon({ settings = "", prepare = () => {}, port = 0 } = {}) {
  const place = mkdtempSync(join(tmpdir(), "tenon-browser-"));
  // As root the database runs as another user, who has to get through.
  chmodSync(place, 0o755);
  const plugins = join(place, "plugins");
  mkdirSync(plugins);
  for (const id of Object.keys(samples)) {
    copyFileSync(join(libraries, `lib${id}.so`), join(plugins, `lib${id}.so`));
  }
  prepare(plugins);
  const configuration = join(place, "tenon.toml");
  writeFileSync(configuration, `[server]\nlisten = "127.0.0.1:${port}"\n${settings}\n`);
  const options = ["--config", configuration, "--plugin-dir", plugins, "--state-dir", join(place, "state")];
  const environment = { ...process.env, HOME: place };
  for (const name of Object.keys(environment)) {
    if (name === "DATABASE_URL" || name.startsWith("PG") || name.startsWith("TENON_")) delete environment[name];
  }
  if (process.env.TENON_PG_BINDIR) environment.TENON_PG_BINDIR = process.env.TENON_PG_BINDIR;
  const child = spawn(program, [...options, "serve"], { cwd: place, env: environment });
  let said = "";
  const heard = (text) => (said += text);
  child.stdout.setEncoding("utf8").on("data", heard);
  child.stderr.setEncoding("utf8").on("data", heard);
  const ended = new Promise((end) => child.once("exit", end).once("error", end));

  const stop = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(late);
    rmSync(place, { recursive: true, force: true });
  };
  try {
    const url = await printed(/^Tenon is serving (\S+)$/m);
    const name = await printed(/^ *name +(\S+)$/m);
    const password = await printed(/^ *password +(\S+)$/m);
    const sql = (text) => runByHand(join(place, "state", "postgres"), text);
    const ask = asker(url, name, password);
    const heal = async ({ without = [] } = {}) => {
      const { hash } = await ask(`/api/v1/plan?${new URLSearchParams(without.map((id) => ["without", id]))}`);
      return ask("/api/v1/heal", { plan_hash: hash, without });
    };
    const hold = (text) => holdByHand(join(place, "state", "postgres"), text);
    const command = (...words) => spawn(program, [...options, ...words], { cwd: place, env: environment, stdio: "ignore" });
    const addAccount = (account, role) => copyAccount(join(place, "accounts.json"), account, role);
    const told = { said: () => said, addAccount, addViewer: () => addAccount("vera", "viewer") };
    return { url, name, password, plugins, stop, sql, hold, command, ask, heal, ...told };
  } catch (error) {
    await stop();
    throw error;
  }

  async function printed(pattern) {
    for (let tries = 0; tries < 1200; tries++) {
      const found = said.match(pattern);
      if (found) return found[1];
      if (child.exitCode !== null || child.signalCode !== null) break;
      await new Promise((wait) => setTimeout(wait, 50));
    }
    throw new Error(`the host did not print ${pattern}. It said:\n${said}`);
  }
}

/** Asks the API as the administrator, with a body by POST, and gives what it answers. */
function asker(url, name, password) {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  return async (path, body) => {
    const options = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(new URL(path, url), options);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
}

/** psql in the managed database, as somebody by hand would start it. */
function byHand(managed) {
  const psql = process.env.TENON_PG_BINDIR ? join(process.env.TENON_PG_BINDIR, "psql") : "psql";
  const server = ["-h", join(managed, "socket"), "-U", "tenon-bootstrap", "-d", "tenon"];
  const env = { ...process.env, PGPASSWORD: readFileSync(join(managed, "password"), "utf8").trim() };
  return [psql, ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...server], { env }];
}

/** Runs SQL in the managed database past the host. */
function runByHand(managed, text) {
  const [psql, words, options] = byHand(managed);
  execFileSync(psql, [...words, "-c", text], options);
}

/** Runs SQL in a transaction that stays open, until what is given back is called. */
async function holdByHand(managed, text) {
  const [psql, words, options] = byHand(managed);
  const child = spawn(psql, words, { ...options, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((end) => child.once("exit", end));
  const held = new Promise((held) => child.stdout.setEncoding("utf8").on("data", (said) => said.includes("held") && held()));
  child.stdin.write(`BEGIN; ${text}; SELECT 'held';\n`);
  await Promise.race([held, ended]);
  return async () => {
    child.stdin.end();
    await ended;
  };
}

/** Gives the administrator's password to somebody else, as somebody with an editor would. */
function copyAccount(path, name, role) {
  const file = JSON.parse(readFileSync(path, "utf8"));
  file.accounts.push({ ...file.accounts[0], name, role });
  writeFileSync(path, JSON.stringify(file));
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
