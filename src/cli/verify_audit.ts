import { InputError } from "../errors.ts";
import { verifyChain } from "../guard/audit/audit_chain.ts";
import { type Output, runWord } from "./output.ts";

const SHOWN_FAULTS = 100;

/** `audit verify FILE`: says what is wrong with a file of records; returns the status. */
export function verifyFile(
  path: string,
  { output, readText }: {
    readonly output: Output;
    readonly readText: (path: string) => Promise<string>;
  },
): Promise<number> {
  return runWord(output, async () => {
    const text = await readText(path).catch((cause: Error) => {
      throw new InputError(`Cannot read ${path}: ${cause.message}`, "Check the path", { cause });
    });
    const { records, chains, faults, open } = verifyChain(text.split("\n"));
    if (records === 0) throw new InputError(`${path} holds no audit record`, "Name another file");
    const shown = faults.slice(0, SHOWN_FAULTS).map(({ line, fault }) => `line ${line}: ${fault}`);
    await output.print(
      [
        ...shown,
        `${records} records of ${chains} runs of the server, ${faults.length} faults`,
        ...(open === 0 ? [] : [`${open} without a last record: still running, killed, or cut`]),
      ].join("\n") + "\n",
    );
    return faults.length > 0 ? 1 : 0;
  });
}
