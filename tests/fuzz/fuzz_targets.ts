import { openArguments } from "./argument_target.ts";
import { knownHosts, profiles, sshConfig } from "./file_targets.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { openGreeting } from "./greeting_target.ts";
import { markers, plainText, screen } from "./terminal_targets.ts";

/** All that is fuzzed, by name; each is opened anew. */
export const FUZZ_TARGETS: Readonly<Record<string, () => FuzzTarget | Promise<FuzzTarget>>> = {
  "markers": () => markers,
  "plain-text": () => plainText,
  "screen": () => screen,
  "ssh_config": () => sshConfig,
  "known_hosts": () => knownHosts,
  "profiles": () => profiles,
  "arguments": openArguments,
  "greeting": openGreeting,
};
