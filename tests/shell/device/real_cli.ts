import { systemClock } from "../../../src/clock.ts";
import { openDevice, type OpenDeviceOptions } from "../../../src/shell/device/open_device.ts";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import type { ExecuteOptions, Shell } from "../../../src/shell/shell.ts";
import type { Connection } from "../../../src/transport/transport.ts";
import type { DeviceCli } from "../../support/device_clis.ts";
import { collect, type CommandResult } from "../../support/device_session.ts";
import { startSshd } from "../../support/sshd.ts";
import { open, targetOf } from "../../transport/targets.ts";

/** A shell on a real command line, behind a real sshd. */
export interface RealSession extends AsyncDisposable {
  readonly connection: Connection;
  readonly shell: Shell;
  run(
    command: string,
    options?: ExecuteOptions,
    answers?: readonly string[],
  ): Promise<CommandResult>;
  /** Another login on the same connection. */
  reopen(options?: Partial<OpenDeviceOptions>): Promise<Shell>;
}

/** Logs in to a daemon's command line, as sshd's ForceCommand hands it out. */
export async function openReal(
  cli: DeviceCli,
  options: Partial<OpenDeviceOptions> = {},
): Promise<RealSession> {
  const stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd({ config: [`ForceCommand ${cli.commandLine}`] }));
  const connection = stack.use(await open(targetOf(sshd)));
  const reopen = (more: Partial<OpenDeviceOptions> = {}): Promise<Shell> =>
    openDevice(connection, {
      clock: systemClock,
      profiles: new ProfileTable(),
      hostName: "edge",
      ...options,
      ...more,
    });
  const shell = stack.use(await reopen());
  return {
    connection,
    shell,
    reopen,
    run: (command, how = {}, answers = []) => collect(shell, shell.execute(command, how), answers),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
