#!/usr/bin/env node
// deno-lint-ignore-file explicit-function-return-type -- JavaScript cannot name one
// Starts the bundled program under Deno, with the permissions of production and no others.
"use strict";

const { spawn } = require("node:child_process");
const { join } = require("node:path");
const process = require("node:process");

const PERMISSIONS = [
  ...["--no-prompt", "--allow-net", "--allow-read", "--allow-env", "--deny-import", "--no-remote"],
];
/** The bundle is whole: no configuration, package or lock file of the current directory counts. */
const BUNDLE_ONLY = ["--no-config", "--no-lock", "--no-npm", "--cached-only"];
const ENGINE =
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30,--initial-old-space-size=24";
const MAIN = join(__dirname, "bundle", "main.js");

const SIGNALS = process.platform === "win32"
  ? ["SIGINT", "SIGBREAK", "SIGHUP"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

start(process.argv.slice(2));

function start(words) {
  const agent = words[0] === "--agent";
  const permissions = agent ? [...PERMISSIONS, agentPermission()] : PERMISSIONS;
  const args = agent ? words.slice(1) : words;
  const child = spawn(findDeno(), ["run", ...permissions, ...BUNDLE_ONLY, ENGINE, MAIN, ...args], {
    stdio: "inherit",
    windowsHide: true,
    // Without it Deno asks its own host for news once a day.
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  for (const name of SIGNALS) process.on(name, () => child.kill(name));
  child.on("error", (error) => fail(`Deno cannot be started: ${error.message}`));
  child.on("exit", endAs);
}

/** Reaching the agent's socket takes permission to write to it. */
function agentPermission() {
  const socket = process.env.SSH_AUTH_SOCK;
  if (!socket) return "--deny-write";
  // Deno takes what follows a comma for another path, and 2.9.6 has no way to quote one.
  if (socket.includes(",")) fail("SSH_AUTH_SOCK has a comma in it: use a socket without one");
  return `--allow-write=${socket}`;
}

/** The runtime from npm, also where npm ran no install script. */
function findDeno() {
  try {
    return require("deno/install_api.cjs").runInstall();
  } catch (error) {
    fail(
      `There is no Deno for this machine: ${error.message.split("\n")[0]}\n` +
        "It needs Linux with glibc, macOS or Windows, and npm must not leave out optional packages",
    );
  }
}

function endAs(status, signal) {
  if (signal === null) process.exit(status);
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}

function fail(message) {
  process.stderr.write(`mcp-ssh-session: ${message}\n`);
  process.exit(1);
}
