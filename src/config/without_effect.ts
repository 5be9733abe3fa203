import type { UnavailableSetting } from "./resolved_host.ts";
import { DIRECTIVES_WITHOUT_EFFECT, lookUpKeyword } from "./ssh_config/keywords.ts";
import { lowerCase, matchPatternList } from "./ssh_config/pattern.ts";
import type { Settings } from "./ssh_config/settings.ts";

/** Methods of RFC 4252 and RFC 4256 that a login can use here. */
const METHODS: readonly string[] = ["publickey", "keyboard-interactive", "password"];

/** Settings in force that do nothing here. */
export interface WithoutEffect {
  /** Sentences about those that somebody may miss, each with file and line. */
  readonly warnings: readonly string[];
  readonly unavailable: readonly UnavailableSetting[];
}

/** Reports the settings that are read and do nothing here, as the table of keywords judges them. */
export function reportWithoutEffect(settings: Settings): WithoutEffect {
  const warnings: string[] = [];
  const unavailable: UnavailableSetting[] = [];
  const ignored = lowerCase(settings.value("ignoreunknown") ?? "");
  for (const keyword of DIRECTIVES_WITHOUT_EFFECT) {
    const effect = lookUpKeyword(keyword)?.effect;
    const value = settings.value(keyword);
    if (value === undefined || effect === undefined) continue;
    if (effect.kind !== "noted" && effect.kind !== "unavailable") continue;
    if (effect.quiet.includes(lowerCase(value))) continue;
    // Whoever lists it in IgnoreUnknown knows that it does nothing everywhere.
    if (matchPatternList(keyword, ignored) === "matched") continue;
    const text = `${settings.place(keyword)}: ${keyword} has no effect here; ${effect.note}`;
    if (effect.kind === "noted") warnings.push(text);
    else unavailable.push({ keyword, stage: effect.stage, text });
  }
  return { warnings, unavailable: [...unavailable, ...otherMethods(settings)] };
}

/** Methods of PreferredAuthentications that this program has not. */
function otherMethods(settings: Settings): readonly UnavailableSetting[] {
  const keyword = "preferredauthentications";
  const others = (settings.value(keyword) ?? "").split(",")
    .filter((method) => method !== "" && !METHODS.includes(method));
  if (others.length === 0) return [];
  const text = `${settings.place(keyword)}: ${keyword} names ${others.join(", ")}, which is not ` +
    "available here; use a key or a password";
  return [{ keyword, stage: "login", text }];
}
