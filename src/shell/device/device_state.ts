import type { Question } from "../shell.ts";
import { suspectDeviceQuestion } from "./device_question.ts";
import { LinePattern } from "./profiles/line_pattern.ts";
import { LOG_LINE } from "./profiles/log_line.ts";
import { BUILT_IN_PROFILES } from "./profiles/built_in_profiles.ts";
import type { DeviceProfile, Pager } from "./profiles/profile.ts";
import { type LearnedPrompt, type Prompt, recognisePrompt } from "./prompt.ts";
import { MENU_ROWS, readBuried } from "./tail.ts";

/** Where a device stands, judged by the line its cursor is on; it holds after `quietMs`. */
export type DeviceState =
  | { readonly kind: "working" }
  | {
    readonly kind: "prompt";
    readonly prompt: Prompt;
    /** Characters behind it that we typed too early. */
    readonly strayKeys: number;
    readonly quietMs: number;
  }
  /** Shaped like a prompt, of a host unknown: to be tried with Enter. */
  | { readonly kind: "stranger"; readonly prompt: Prompt; readonly quietMs: number }
  /** The device's own prompt straight behind output that had no line end. */
  | {
    readonly kind: "glued-prompt";
    readonly prompt: Prompt;
    readonly quietMs: number;
  }
  /** The prompt stands above log lines and was not drawn again. */
  | { readonly kind: "buried-prompt"; readonly prompt: Prompt; readonly quietMs: number }
  | {
    readonly kind: "pager";
    readonly pager: Pager;
    readonly length: number;
    readonly quietMs: number;
  }
  | { readonly kind: "question"; readonly question: Question; readonly quietMs: number }
  /** The device reads free text: the next line of the command may be typed. */
  | { readonly kind: "text-input"; readonly row: string; readonly quietMs: number };

/** The facts of the device at one moment. */
export interface DeviceView {
  /** The cursor's whole line. */
  readonly line: string;
  /** Nothing stands behind the cursor. */
  readonly cursorIsLast: boolean;
  /** The last finished rows of the answer, newest last; enough of them to tell. */
  readonly rowsAbove: readonly string[];
  /** The line's echo was not seen to its end. */
  readonly echoIncomplete: boolean;
  /** Prompts that more output followed, since the line was typed. */
  readonly falsePrompts: number;
  /** Keys typed that will come to stand behind the prompt: answers to no pager, a fence. */
  readonly strayKeys: string;
  /** A prompt counts only once it echoes a space. */
  readonly isFenced: boolean;
  /** As many rows came since the last pager as between earlier ones. */
  readonly isKnownPage: boolean;
  /** The text that help leaves behind the prompt. */
  readonly helpRest?: string;
  /** The far end was seen to read free text. */
  readonly input: "commands" | "text";
  /** Enter was typed at a stranger's prompt that was none: one prompt more will come. */
  readonly owedPrompts: number;
  readonly earlyPrompt?: DeviceProfile["earlyPrompt"];
  /** The typed line, which may name a new host. */
  readonly typed: string;
}

/** The same prompt as before, to the character. */
const SAME_PROMPT_MS = 15;
/** The prompt will have to echo a space, too. */
const FENCED_PROMPT_MS = 5;
/** Another mode of the known host. */
const OTHER_MODE_MS = 30;
/** No output yet, of a family that draws its prompt before it. */
const EARLY_PROMPT_MS = 50;
const NAMED_HOST_MS = 40;
const STRANGER_MS = 300;
/** A pager after as many rows as an earlier one; any other line may still grow into a row. */
const KNOWN_PAGE_MS = 2;
const PAGER_MS = 60;
/** `--More--` straight behind text: it may be a part of the text. */
const GLUED_PAGER_MS = 400;
const INCOMPLETE_ECHO_MS = 400;
const OWED_PROMPT_MS = 500;
const STRAY_KEYS_MS = 1000;
const BURIED_MS = 300;
/** An unfinished row of the output may end like this for a while. */
const GLUED_PROMPT_MS = 700;
/** A menu's prompt without its menu. */
const BARE_PROMPT_MS = 1000;
const FALSE_PROMPT_STEP_MS = 40;
const FALSE_PROMPT_LIMIT_MS = 400;
const TEXT_INPUT_MS = 200;
/** A pager behind output stands within so many characters of the line's end. */
const LINE_END = 80;

const GLUED_PAGER = new LinePattern("(?i) ?-{2,4} ?more ?-{2,4} ?", "end");

/** The pagers whose words no other line has. */
function commonPagers(): readonly Pager[] {
  return BUILT_IN_PROFILES.find(({ id }) => id === "generic")!.pagers;
}

/** The shapes of all pagers that {@link findPager} knows, by what of the line they are read on. */
interface PagerShapes {
  readonly ofLine: LinePattern;
  readonly ofEnd: LinePattern;
}

const PAGER_SHAPES = new WeakMap<DeviceProfile, PagerShapes>();

/** Most lines end in no pager: one pass each over the line and its end says so. */
function pagerShapes(profile: DeviceProfile): PagerShapes {
  const known = PAGER_SHAPES.get(profile);
  if (known !== undefined) return known;
  const all = [...profile.pagers, ...commonPagers()];
  const at = (place: Pager["place"]): LinePattern[] =>
    all.filter((pager) => pager.place === place).map(({ match }) => match);
  const shapes = {
    ofLine: LinePattern.anyOf(at("line")),
    ofEnd: LinePattern.anyOf([...at("line-end"), GLUED_PAGER]),
  };
  PAGER_SHAPES.set(profile, shapes);
  return shapes;
}

/** Judges the cursor's line; never a line that ended, never a part of one. */
export function judgeState(
  view: DeviceView,
  learned: LearnedPrompt,
  profile: DeviceProfile,
): DeviceState {
  const { line } = view;
  if (line.trim() === "") return judgeEmptyLine(view, learned, profile);
  if (!view.cursorIsLast) return { kind: "working" };
  const prompt = judgePrompt(view, learned, profile);
  if (prompt !== undefined) return prompt;
  const pager = findPager(line, profile);
  if (pager !== undefined) {
    const isGlued = pager.length < line.length && pager.pager.place === "line";
    return {
      kind: "pager",
      ...pager,
      quietMs: isGlued ? GLUED_PAGER_MS : view.isKnownPage ? KNOWN_PAGE_MS : PAGER_MS,
    };
  }
  const glued = judgeGlued(view, learned);
  if (glued !== undefined) return glued;
  const suspicion = suspectDeviceQuestion(line, profile);
  if (suspicion === undefined) return { kind: "working" };
  // A menu's prompt is a question until its last blank is drawn.
  const isDrawn = !learned.prompt.text.startsWith(line);
  const quietMs = isDrawn ? suspicion.quietMs : Math.max(suspicion.quietMs, BARE_PROMPT_MS);
  return { kind: "question", question: suspicion.question, quietMs };
}

/** A file without a line end, shown whole: the prompt, to the character, ends the row. */
function judgeGlued(
  { line, strayKeys, input }: DeviceView,
  { prompt, header }: LearnedPrompt,
): DeviceState | undefined {
  const { text } = prompt;
  const isPlain = strayKeys.trim() === "" && input === "commands" && header.length < MENU_ROWS;
  if (!isPlain || text.trim().length < 2 || !line.endsWith(text)) return undefined;
  return { kind: "glued-prompt", prompt, quietMs: GLUED_PROMPT_MS };
}

/** The pager whose words end the line, and how many characters they are. */
export function findPager(
  line: string,
  profile: DeviceProfile,
): { readonly pager: Pager; readonly length: number } | undefined {
  const end = line.slice(-LINE_END);
  const shapes = pagerShapes(profile);
  if (!shapes.ofLine.test(line) && !shapes.ofEnd.test(end)) return undefined;
  for (const pager of profile.pagers) {
    const text = pager.place === "line-end" ? end : line;
    const found = pager.match.exec(text);
    if (found !== undefined) return { pager, length: text.length - found.index };
  }
  // A pager of another make: families copy each other's, and options choose among several.
  const common = commonPagers().find(({ place, match }) => place === "line" && match.test(line));
  if (common !== undefined) return { pager: common, length: line.length };
  const glued = GLUED_PAGER.exec(end);
  const pager = glued && profile.pagers.find(({ match }) => match.test("--More--"));
  return glued && pager ? { pager, length: end.length - glued.index } : undefined;
}

function judgePrompt(
  view: DeviceView,
  learned: LearnedPrompt,
  profile: DeviceProfile,
): DeviceState | undefined {
  for (const text of withoutStrayKeys(view)) {
    const candidate = recognisePrompt(text, learned, profile);
    if (candidate === undefined) continue;
    const { prompt } = candidate;
    const strayKeys = view.line.length - text.length;
    if (candidate.kind === "own") {
      const missing = view.strayKeys.length > strayKeys && view.helpRest === undefined &&
        !view.isFenced;
      const quietMs = missing ? STRAY_KEYS_MS : ownPromptMs(view, prompt, learned);
      return { kind: "prompt", prompt, strayKeys, quietMs };
    }
    return strayKeys > 0 ? undefined : judgeStranger(view, prompt);
  }
  return undefined;
}

/** The line as it is, and without what we may have typed behind the prompt. */
function withoutStrayKeys({ line, strayKeys, helpRest }: DeviceView): string[] {
  const texts = [line];
  if (helpRest !== undefined && helpRest !== "" && line.endsWith(helpRest)) {
    texts.push(line.slice(0, -helpRest.length));
  }
  for (let count = 1; count <= strayKeys.length; count++) {
    if (line.endsWith(strayKeys.slice(0, count))) texts.push(line.slice(0, -count));
  }
  // Where keys are echoed as they come and again when they are read, they stand there twice.
  if (strayKeys !== "" && line.endsWith(strayKeys.repeat(2))) {
    texts.push(line.slice(0, -2 * strayKeys.length));
  }
  return texts;
}

function judgeStranger(view: DeviceView, prompt: Prompt): DeviceState {
  const named = prompt.host.length > 1 && words(view.typed).includes(prompt.host.toLowerCase());
  if (named) return { kind: "prompt", prompt, strayKeys: 0, quietMs: NAMED_HOST_MS };
  return { kind: "stranger", prompt, quietMs: STRANGER_MS };
}

function words(line: string): string[] {
  return line.toLowerCase().split(/[\s="';]+/);
}

function ownPromptMs(view: DeviceView, prompt: Prompt, learned: LearnedPrompt): number {
  if (prompt.text === learned.prompt.text && lacksMenu(view, learned)) return BARE_PROMPT_MS;
  if (view.echoIncomplete) return INCOMPLETE_ECHO_MS;
  if (view.owedPrompts > 0) return OWED_PROMPT_MS;
  const early = view.earlyPrompt !== undefined && view.rowsAbove.length === 0;
  const base = early
    ? EARLY_PROMPT_MS
    : prompt.text === learned.prompt.text
    ? view.isFenced ? FENCED_PROMPT_MS : SAME_PROMPT_MS
    : OTHER_MODE_MS;
  return Math.min(FALSE_PROMPT_LIMIT_MS, base + FALSE_PROMPT_STEP_MS * view.falsePrompts);
}

/** The last row above the prompt is not one of the menu that the device always shows. */
function lacksMenu({ rowsAbove }: DeviceView, { header }: LearnedPrompt): boolean {
  if (header.length < MENU_ROWS) return false;
  const last = header.findLast((row) => row !== "");
  return last !== rowsAbove.findLast((row) => row !== "");
}

function judgeEmptyLine(
  view: DeviceView,
  learned: LearnedPrompt,
  profile: DeviceProfile,
): DeviceState {
  const above = view.rowsAbove.at(-1) ?? "";
  if (view.input === "text" || profile.textInput.some((shape) => shape.test(above))) {
    return { kind: "text-input", row: above, quietMs: TEXT_INPUT_MS };
  }
  let index = view.rowsAbove.length;
  while (index > 0 && isLogOrBlank(view.rowsAbove[index - 1]!)) index--;
  const found = readBuried(view.rowsAbove[index - 1] ?? "", learned, profile);
  const logs = [found?.log ?? "", ...view.rowsAbove.slice(index)];
  if (found === undefined || !logs.some((row) => row !== "")) return { kind: "working" };
  return { kind: "buried-prompt", prompt: found.prompt, quietMs: BURIED_MS };
}

function isLogOrBlank(row: string): boolean {
  return row === "" || LOG_LINE.test(row);
}
