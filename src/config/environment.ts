import type { Environment } from "./ssh_config/expand.ts";
import { matchPattern } from "./ssh_config/pattern.ts";
import type { Settings } from "./ssh_config/settings.ts";

/** Variables to send: those that SendEnv's patterns match, then SetEnv's, which win. */
export function environmentToSend(
  settings: Settings,
  environment: Environment,
): Readonly<Record<string, string>> {
  const patterns = settings.values("sendenv");
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    // What the operator hides from the caller is hidden from the far end too.
    if (value === undefined || name.startsWith("OVRD_")) continue;
    if (patterns.some((pattern) => matchPattern(name, pattern))) sent[name] = value;
  }
  for (const text of settings.values("setenv")) {
    sent[text.slice(0, text.indexOf("="))] = text.slice(text.indexOf("=") + 1);
  }
  return sent;
}
