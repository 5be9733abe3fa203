import { systemClock } from "../../src/clock.ts";
import type { SshError } from "../../src/errors.ts";
import { ProfileTable } from "../../src/shell/device/profiles/profile_table.ts";
import { openShell } from "../../src/shell/open_shell.ts";
import type { ExecuteOptions, Question, Shell } from "../../src/shell/shell.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { open, targetOf } from "../transport/targets.ts";
import { type Account, type AccountOptions, createAccount } from "./account.ts";
import { type Sshd, startSshd } from "./sshd.ts";

/** The password of the stations' accounts, with what shells and terminals take for their own. */
export const PASSWORD = "s3cret pä$'\"\\";

/** What one command did. */
export interface Outcome {
  readonly output: string;
  readonly exitStatus: number | null | undefined;
  readonly questions: readonly Question[];
  readonly cause: SshError | undefined;
}

/** A command that asked nothing and ended so. */
export function done(output: string, exitStatus: number): Outcome {
  return { output, exitStatus, questions: [], cause: undefined };
}

/** One shell of one account; `run` gives every command the right password unless told otherwise. */
export class ShellStation implements AsyncDisposable {
  constructor(
    readonly sshd: Sshd,
    readonly account: Account,
    readonly connection: Connection,
    readonly shell: Shell,
  ) {}

  readonly run = async (
    command: string,
    how: "sudo" | "named" | "none" = "sudo",
    answer = "",
    password = PASSWORD,
  ): Promise<Outcome> => {
    const scope = how === "sudo" ? "whole" : "named";
    const options: ExecuteOptions = how === "none" ? {} : { sudo: { password, scope } };
    let output = "";
    let line = "";
    const questions: Question[] = [];
    for await (const event of this.shell.execute(command, options)) {
      if (event.kind === "output") {
        output += event.text;
        line = event.line;
      } else if (event.kind === "question" && answer !== "") {
        await this.shell.type(answer);
      } else if (event.kind === "question") questions.push(event.question);
      else if (event.kind === "lost") {
        return { output: output + line, exitStatus: undefined, questions, cause: event.cause };
      } else if (event.kind === "exited") {
        const { exitStatus } = event.exit;
        return { output: output + line, exitStatus, questions, cause: undefined };
      }
    }
    throw new Error("The command came to no end");
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    await this.connection[Symbol.asyncDispose]();
    await this.sshd[Symbol.asyncDispose]();
    await this.account[Symbol.asyncDispose]();
  }
}

/** Opens the shell of a new account; `sudoers` are whole lines for its name. */
export async function openStation(
  options: AccountOptions = {},
  sudoers?: (name: string) => string,
): Promise<ShellStation> {
  const account = await createAccount(options);
  if (sudoers !== undefined) {
    const rules = `${sudoers(account.name)}\n`;
    await Deno.writeTextFile(`/etc/sudoers.d/${account.name}`, rules, { mode: 0o440 });
  }
  const sshd = await startSshd({ accounts: [account] });
  const connection = await open(targetOf(sshd));
  const shell = await openShell(connection, {
    clock: systemClock,
    profiles: new ProfileTable(),
    environment: {},
    hostName: "testhost",
  });
  return new ShellStation(sshd, account, connection, shell);
}
