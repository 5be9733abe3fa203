import assert from "node:assert/strict";
import { type Account, createAccount, renewAccount } from "../support/account.ts";
import { borrowWorld } from "../support/shared_server.ts";
import {
  emptyStartUpFile,
  LOGIN_SHELLS,
  ShellHost,
  type ShellHosts,
  type ShellHostsOptions,
  type ShellName,
  type ShellPaths,
  shellPaths,
} from "./login_shells.ts";

let paths: Promise<ShellPaths> | undefined;
const made: Account[] = [];
const idle = new Map<ShellName, Account[]>();

Deno.test.afterAll(async () => {
  await Promise.all(made.map((account) => account[Symbol.asyncDispose]()));
  if (paths !== undefined) await Deno.remove((await paths).directory, { recursive: true });
});

/**
 * As `startShellHosts()`, with the accounts and the program that earlier tests of the file have used.
 *
 * The host is the test's own; each account begins with a new home and no process.
 */
export async function borrowShellHosts(
  options: Omit<ShellHostsOptions, "env"> = {},
): Promise<ShellHosts> {
  const names = options.shells ?? LOGIN_SHELLS;
  const accounts = await Promise.all(names.map(async (name) => {
    const files = { ...emptyStartUpFile(name), ...options.files?.(name) };
    const account = idle.get(name)?.pop() ?? await newAccount(name);
    await renewAccount(account, files);
    return account;
  }));
  const { server, sshd, [Symbol.asyncDispose]: giveBack } = await borrowWorld({ accounts });
  const all = names.map((name, index) => new ShellHost(name, accounts[index]!, server));
  return {
    sshd,
    server,
    all,
    of: (name) => all.find((host) => host.name === name) ?? assert.fail(`no host runs ${name}`),
    [Symbol.asyncDispose]: async () => {
      await giveBack();
      for (const { name, account } of all) idle.set(name, [...idle.get(name) ?? [], account]);
    },
  };
}

async function newAccount(name: ShellName): Promise<Account> {
  const { of } = await (paths ??= shellPaths());
  const account = await createAccount({ shell: of(name) });
  made.push(account);
  return account;
}
