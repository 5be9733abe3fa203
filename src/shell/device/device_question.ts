import { suspectQuestion, type Suspicion } from "../question.ts";
import type { QuestionKind } from "../shell.ts";
import { LinePattern, PATTERN_LINE_LIMIT } from "./profiles/line_pattern.ts";
import type { DeviceProfile } from "./profiles/profile.ts";

const KNOWN_MS = 150;
/** Words that merely end in a colon wait longer; a false alarm is withdrawn and costs nothing. */
const VAGUE_MS = 1000;

const SHAPES: readonly { readonly kind: QuestionKind; readonly shape: LinePattern }[] = (
  [
    // "Proceed with reload? [confirm]", "System configuration has been modified. Save? [yes/no]:"
    ["yes-no", String.raw`(?i)\[confirm(?: [^\]]{0,40})?\]\s*$`],
    [
      "yes-no",
      String
        .raw`(?i)[[(<]\s*(?:y|yes)\s*[/|,]\s*(?:n|no)(?:\s*[/|,]\s*\w+)*\s*[\])>]\s*(?:[[(]\w*[\])])?\s*[?:]*\s*(?:[[(]\w*[\])])?\s*[:?]?\s*$`,
    ],
    [
      "yes-no",
      String.raw`(?i)\b(?:yes/no(?:/cancel)?|y/n)\b.{0,30}[?:]\s*(?:\[\w*\]\s*:?)?\s*$`,
    ],
    // "(y/[n])", "{y|n}", "(y or n) [N]"; "Restart? Y/N [N]", "[Y]/N:"; "(Yes, y, No, n) [no]"
    [
      "yes-no",
      String
        .raw`(?i)[[(<{]\s*\[?(?:y|yes)\]?\s*(?:/|,|\||or)\s*\[?(?:n|no)\]?[^\])>}]{0,30}[\])>}]\s*(?:[[(]\w*[\])])?\s*[?:]?\s*$`,
    ],
    ["yes-no", String.raw`(?i)(?:^|[\s?(])\[?y(?:es)?\]?/\[?n(?:o)?\]?\s*(?:\[\w*\]\s*)?[?:]?\s*$`],
    ["yes-no", String.raw`(?i)[[(]yes, ?y, ?no, ?n[\])][^a-z]{0,4}(?:\[\w*\])?\s*[?:]?\s*$`],
    [
      "yes-no",
      String
        .raw`(?i)\b(?:enter|type|hit|press)\b.{0,10}\b(?:yes|y)\b['"]?,? to (?:continue|confirm|proceed|accept)\b.{0,40}$`,
    ],
    ["password", String.raw`(?i)\b(?:pass(?:word|phrase|code)|secret|passwd)\b[^:]{0,60}:\s*$`],
    [
      "press-key",
      String.raw`(?i)\bpress\b.{1,40}\b(?:key|enter|return|space|continue)\b.{0,60}$`,
    ],
    // "Destination filename [startup-config]?", "Address or name of remote host []?", "Login:"
    ["text", String.raw`\[[^\]]{0,80}\]\s*[?:]\s*$`],
    ["text", String.raw`(?i)^(?:user ?name|login|user)\s*:\s*$`],
  ] as const
).map(([kind, source]) => ({ kind, shape: new LinePattern(source, "text") }));

/** Most lines are no question: one pass says so. */
const ANY_SHAPE = LinePattern.anyOf(SHAPES.map(({ shape }) => shape));

/**
 * Whether the cursor's line is a question of a device, and how long it must stand still first.
 *
 * Pagers and prompts are told apart before; what looks like a Unix shell here is text to answer.
 */
export function suspectDeviceQuestion(
  line: string,
  profile: DeviceProfile,
): Suspicion | undefined {
  if (line.trim() === "" || line.length > PATTERN_LINE_LIMIT) return undefined;
  const kind = profile.confirms.some((shape) => shape.test(line))
    ? "yes-no"
    : ANY_SHAPE.test(line)
    ? SHAPES.find(({ shape }) => shape.test(line))?.kind
    : undefined;
  if (kind !== undefined) return { question: { kind, text: line }, quietMs: KNOWN_MS };
  const suspicion = suspectQuestion(line);
  if (suspicion === undefined) return undefined;
  const known = suspicion.question.kind;
  const plain = known === "shell" || known === "pager" ? "text" : known;
  return { question: { kind: plain, text: line }, quietMs: VAGUE_MS };
}
