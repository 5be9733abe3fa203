import type { Connection } from "../transport/transport.ts";
import type { HostInquiry } from "./posix/readers/reader_verdict.ts";
import { scriptCommand } from "./posix/readers/readers_command.ts";
import { saneTerminalScript, TERMINAL_IS_SANE } from "./posix/readers/sane_terminal.ts";
import { judgeStartUp, type StartUpLook } from "./posix/readers/start_up_verdict.ts";
import { listTerminals, type TerminalListing } from "./posix/readers/terminal_readers.ts";
import type { Shell } from "./shell.ts";
import type { WaitingShell } from "./unix_probe.ts";

/** A question at login is the caller's after that, whatever the host does. */
const JUDGE_MS = 3_000;
/** Of a host that is asked who reads its terminals: what start-up files print, and the answer. */
const PROCESSES_BYTES = 1024 * 1024;

/** Means of asking a host about a shell that is starting. */
interface Beside {
  readonly neighbours: ReadonlySet<Shell>;
  readonly waiting: WaitingShell | undefined;
}

/** Answers of a Unix host, asked beside the shell: the first by the shell that the probe left there. */
export function inquiryOn(connection: Connection, { neighbours, waiting }: Beside): HostInquiry {
  let next = waiting;
  const ask = async (script: string, ending: string): Promise<string> => {
    const limits = { limitBytes: PROCESSES_BYTES, timeoutMs: JUDGE_MS };
    const first = next;
    next = undefined;
    const said = await first?.run(script, { ending, timeoutMs: JUDGE_MS });
    if (said !== undefined) return said;
    const until = (text: string): boolean => text.includes(ending);
    const output = await connection.run(scriptCommand(script), { ...limits, until });
    return output.isComplete ? output.text : "";
  };
  return {
    startUp: async () => {
      const pids = [...neighbours].flatMap(({ pids }) => pids[0] ?? []);
      const known = pids.filter((pid) => /^\d{1,10}$/.test(pid)).map(Number);
      const look = { known };
      const terminals = await listTerminals(ask, look) ?? [];
      const odd = terminals.filter(({ keys, mode }) => keys !== "" && mode === "cooked");
      if (odd.length === 0) return lookOf(terminals);
      // Without a line editor, which would set its own again.
      for (const { shell } of odd) await ask(saneTerminalScript(shell), TERMINAL_IS_SANE);
      return lookOf(await listTerminals(ask, look) ?? []);
    },
    terminal: async (shell) => {
      const terminals = await listTerminals(ask, { shell });
      return terminals?.find((terminal) => terminal.shell === shell);
    },
    makeSane: async (shell) => void await ask(saneTerminalScript(shell), TERMINAL_IS_SANE),
  };
}

function lookOf(terminals: readonly TerminalListing[]): StartUpLook {
  return {
    verdict: judgeStartUp(terminals),
    keys: terminals.map(({ keys }) => keys).join(""),
  };
}
