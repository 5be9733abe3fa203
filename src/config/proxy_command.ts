import { UnsupportedError } from "../errors.ts";
import { splitArguments } from "./ssh_config/words.ts";

/**
 * Why a ProxyCommand cannot be followed, with the ProxyJump that says the same where the
 * command is `ssh -W` or `nc` through another ssh.
 */
export function refuseProxyCommand(
  command: string,
  { host, place }: { readonly host: string; readonly place: string },
): UnsupportedError {
  const jump = jumpInside(command);
  const advice = jump === undefined
    ? "Reach it through a jump host with ProxyJump HOST, which needs no program"
    : `Put "ProxyJump ${jump}" in place of the line: it does the same without a program`;
  return new UnsupportedError(
    `Cannot connect to "${host}": ProxyCommand (${place}) starts a program, which the sandbox forbids`,
    advice,
  );
}

const FLAGS_WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw";

/** The jump host of `ssh [-l user] [-p port] [user@]host …`, in ProxyJump's form. */
function jumpInside(command: string): string | undefined {
  const words = splitArguments(command.replace(/^\s*exec\s+/, "").trim()) ?? [];
  if (!/(^|[/\\])ssh(\.exe)?$/.test(words[0] ?? "")) return undefined;
  let user = "";
  let port = "";
  for (let at = 1; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-") {
      return `${user !== "" && !word.includes("@") ? `${user}@` : ""}${word}${port}`;
    }
    const letter = word.slice(1).split("").find((flag) => FLAGS_WITH_VALUE.includes(flag));
    if (letter === undefined) continue;
    const attached = word.slice(word.indexOf(letter) + 1);
    const value = attached === "" ? words[++at] ?? "" : attached;
    if (letter === "l") user = value;
    if (letter === "p") port = `:${value}`;
  }
  return undefined;
}
