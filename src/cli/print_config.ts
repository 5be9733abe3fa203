import { loadHostSettings } from "../config/host_settings.ts";
import { type Output, runWord } from "./output.ts";

/**
 * `config HOST`: prints to standard output exactly what `ssh -G` prints, and the differences between
 * this program and ssh to standard error. Returns the exit status.
 */
export function printConfig(
  host: string,
  environment: Readonly<Record<string, string>>,
  output: Output,
): Promise<number> {
  return runWord(output, async () => {
    const { resolved, text } = await loadHostSettings(host, environment);
    await output.print(text.formatResolved(resolved));
    await output.complain(text.describeDifferences(resolved));
    return 0;
  });
}
