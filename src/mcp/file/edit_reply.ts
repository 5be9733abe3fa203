import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Redactor } from "../../jobs/redactor.ts";
import type { EditProblem } from "../../sftp/edit/apply_edits.ts";
import type { NumberedLine } from "../../sftp/edit/nearest_lines.ts";
import type { WriteReport } from "../../sftp/file_range.ts";
import type { AccessMethod } from "../../sftp/remote_files.ts";
import { clipMiddle } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { EditedFile } from "./file_edit.ts";
import {
  FILE_META_KEY,
  fileMeta,
  noteLines,
  ownerAndMode,
  place,
  type ReplySource,
} from "./file_reply.ts";

/** Of the diff in a reply. */
const DIFF_CHARS = 20_000;
const LINE_CHARS = 1_000;

/** Whose file was to be edited. */
export interface EditSource extends ReplySource {
  readonly path: string;
  /** Hides what the operator hides in content. */
  readonly ofContent: Redactor;
}

/** An edit that was done. */
export interface EditReply extends EditSource, EditedFile {
  /** Undefined where the edits change nothing together. */
  readonly report: (WriteReport & { readonly via: AccessMethod }) | undefined;
  readonly newSha256: string;
}

/** One line of facts, a line for each note, then the diff. */
export function renderEdit(reply: EditReply): CallToolResult {
  const { redactor, report, ofContent } = reply;
  const diff = boundedDiff(reply);
  // A hash of content with a hidden value in it would help to guess the value.
  ofContent.apply(reply.after);
  const hash = ofContent.count === 0 ? reply.newSha256 : undefined;
  const path = report?.path ?? reply.path;
  const count = `${reply.replacements} replacement${reply.replacements === 1 ? "" : "s"}`;
  const word = report === undefined ? "unchanged" : "edited";
  const head = [
    `[${word} ${count}, ${reply.content.length} bytes] ${place(reply, path)}`,
    ...(report === undefined ? [] : ownerAndMode(reply, report.facts)),
    ...(hash === undefined ? [] : [`sha256=${hash}`]),
  ].join(" ");
  const notes = [
    ...(report?.backup === undefined ? [] : [`the old file is ${report.backup}`]),
    ...(reply.note === undefined ? [] : [reply.note]),
    ...formNotes(reply),
    ...(hash === undefined ? ["values that the operator hides are replaced in this reply"] : []),
    ...report?.notes ?? [],
  ].map((note) => redactor.apply(note));
  const via = report?.via === "sudo" ? "; by sudo" : "";
  return {
    content: [{ type: "text", text: [`${head}${via}`, ...noteLines(notes), diff].join("\n") }],
    _meta: {
      [FILE_META_KEY]: {
        path: redactor.apply(path),
        outcome: word,
        replacements: reply.replacements,
        bytes: reply.content.length,
        ...(hash === undefined ? {} : { sha256: hash }),
        ...(report?.backup === undefined ? {} : { backup: redactor.apply(report.backup) }),
        encoding: reply.encoding,
        notes,
        ...(report === undefined ? {} : { via: report.via, ...fileMeta(reply, report.facts) }),
      },
    },
  };
}

function formNotes({ encoding, hasCrlf }: EditReply): readonly string[] {
  return [
    ...(encoding === "utf-8" ? [] : [`the file is ${encoding}, and stays it`]),
    ...(hasCrlf ? ["line ends are CRLF, and stay so; the diff shows them as LF"] : []),
  ];
}

function boundedDiff({ diff, hasCrlf, before, after, ofContent }: EditReply): string {
  if (diff === undefined) {
    const lines = (text: string): number => text.split("\n").length;
    return `[diff left out: too many lines differ; ${lines(before)} lines before, ${
      lines(after)
    } now]`;
  }
  const shown = ofContent.apply(hasCrlf ? diff.replaceAll("\r\n", "\n") : diff);
  const lines = shown.trimEnd().split("\n").map((line) => clipMiddle(line, LINE_CHARS));
  const text = lines.map((line) => makeVisible(line).text).join("\n");
  if (text.length <= DIFF_CHARS) return text;
  const end = text.lastIndexOf("\n", DIFF_CHARS);
  const left = text.slice(end + 1).split("\n").length;
  return `${text.slice(0, end)}\n[… ${left} lines of the diff left out]`;
}

/** Edits that do not apply: which and why, the next move, then the lines that are nearest. */
export function refusedEdits(
  problems: readonly EditProblem[],
  source: EditSource,
): CallToolResult {
  const seen = problems.map(describe);
  const head = `Nothing was written to ${place(source, source.path)}: ${seen.join("; ")}`;
  const near = problems.flatMap((problem) =>
    problem.kind === "not-found" && problem.near.length > 0
      ? [`nearest to edit ${problem.index}:`, ...problem.near.map((line) => shown(line, source))]
      : []
  );
  const text = [clipMiddle(head, 4_000), `[${advice(problems)}]`, ...near].join("\n");
  return {
    content: [{ type: "text", text: clipMiddle(text, DIFF_CHARS) }],
    isError: true,
    _meta: { "mcp-ssh-session/error": { kind: "input" } },
  };
}

function shown({ number, text }: NumberedLine, { ofContent }: EditSource): string {
  return `${number}: ${makeVisible(ofContent.apply(clipMiddle(text, LINE_CHARS))).text}`;
}

function describe(problem: EditProblem): string {
  switch (problem.kind) {
    case "not-found":
      return `old_text of edit ${problem.index} was not found`;
    case "ambiguous": {
      const more = problem.count > problem.lines.length ? ", …" : "";
      return `old_text of edit ${problem.index} occurs ${problem.count} times (lines ` +
        `${problem.lines.join(", ")}${more})`;
    }
    case "no-change":
      return `old_text and new_text of edit ${problem.index} are equal` +
        (problem.differ ? " but for line ends or a byte order mark, which stay the file's" : "");
    case "damaged-utf8":
      return `edit ${problem.index} has characters beyond ASCII, and the file is neither valid ` +
        `UTF-8 nor plainly another encoding`;
  }
}

/** One for each kind of problem, in the order of the problems. */
function advice(problems: readonly EditProblem[]): string {
  const [first = "", ...others] = new Set(problems.map(adviceFor));
  return [first, ...others.map((other) => other.charAt(0).toLowerCase() + other.slice(1))].join(
    "; ",
  );
}

function adviceFor(problem: EditProblem): string {
  switch (problem.kind) {
    case "ambiguous":
      return "Add lines around it to old_text, or pass replace_all=true";
    case "damaged-utf8":
      return 'Use read_file and write_file with encoding="base64"';
    case "not-found":
      return "Copy old_text exactly from read_file, blanks and line ends too";
    case "no-change":
      return problem.differ
        ? "Change them with execute_command or write_file, and leave that edit out"
        : "Correct new_text, or leave that edit out: all edits are made, or none";
  }
}
