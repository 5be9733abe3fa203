import { readBoundedText } from "../config/bounded_file.ts";
import { ConfigError, RefusedError } from "../errors.ts";
import { repeatedKey } from "./repeated_key.ts";
import type { Mode } from "./rules.ts";
import type { RulesFile } from "./rules_schema.ts";

const FILE = "MCP_SSH_POLICY";
const DEFAULT = "MCP_SSH_DEFAULT";
const MODES: readonly Mode[] = ["allow", "ask", "deny"];
const CLOSED = "Nothing is allowed until whoever runs this server has corrected it; it is read " +
  "again at the next call";

/** The rules in force. */
export interface Rules {
  readonly file: RulesFile;
  /** The verdict on a call that fits no rule. */
  readonly preset: Mode;
}

/** The sources of a {@link RulesReader}. */
export interface RulesSource {
  readonly toolNames: readonly string[];
  readonly readText?: ((path: string) => Promise<string>) | undefined;
}

/**
 * The operator's rules: the file that MCP_SSH_POLICY names, and MCP_SSH_DEFAULT for what fits none.
 *
 * The file is read at each call that it decides on, so a change counts from the next one. While it
 * cannot be read or has a mistake, nothing is allowed. Without either variable all is allowed; with
 * a file, a call that fits no rule is asked about unless MCP_SSH_DEFAULT says otherwise.
 */
export class RulesReader {
  readonly #path: string | undefined;
  readonly #preset: Mode;
  readonly #source: RulesSource;
  #text: string | undefined;
  #parsed: RulesFile | RefusedError | undefined;

  /** @throws {ConfigError} At an MCP_SSH_DEFAULT that is no mode. */
  constructor(environment: Readonly<Record<string, string>>, source: RulesSource) {
    this.#path = environment[FILE] || undefined;
    this.#source = source;
    const word = environment[DEFAULT] || (this.#path === undefined ? "allow" : "ask");
    const preset = MODES.find((mode) => mode === word);
    if (preset === undefined) {
      throw new ConfigError(`${DEFAULT} is "${word}"`, `It takes ${MODES.join(", ")}`);
    }
    this.#preset = preset;
  }

  /** Whether there is anything to judge by: else every call is allowed. */
  get isSet(): boolean {
    return this.#path !== undefined || this.#preset !== "allow";
  }

  /** @throws {RefusedError} While the file cannot be used. */
  async read(): Promise<Rules> {
    if (this.#path === undefined) return { file: { rules: [] }, preset: this.#preset };
    const { readText = readBoundedText } = this.#source;
    let text: string;
    try {
      text = await readText(this.#path);
    } catch (error) {
      throw closed(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (text !== this.#text) {
      this.#parsed = await parse(text, this.#source.toolNames);
      this.#text = text;
    }
    if (this.#parsed instanceof RefusedError) throw this.#parsed;
    return { file: this.#parsed!, preset: this.#preset };
  }
}

async function parse(
  text: string,
  toolNames: readonly string[],
): Promise<RulesFile | RefusedError> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    // V8 quotes the text of the file, which is not for callers to see.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    return closed(`is not JSON${place === undefined ? "" : ` ${place}`}`);
  }
  // Parsers take the last one, while a person who reads the file may take the first for it.
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    return closed(`has a mistake: an object in it has the key ${JSON.stringify(repeated)} twice`);
  }
  const { rulesSchema } = await import("./rules_schema.ts");
  const checked = rulesSchema.safeParse(json);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return closed(`has a mistake at ${pathText(issue?.path ?? [])}: ${issue?.message}`);
  }
  for (const [index, { tools = [], commands, mode }] of checked.data.rules.entries()) {
    const unknown = [tools].flat().filter((name) => !toolNames.includes(name));
    if (unknown.length > 0) {
      return closed(`has a mistake at rules[${index}].tools: no tool is named ${unknown[0]}`);
    }
    if (commands !== undefined && mode !== "ask") {
      return closed(
        `has a mistake at rules[${index}]: patterns of commands can only add a question, so its ` +
          "mode must be ask",
      );
    }
  }
  return checked.data;
}

function closed(fault: string): RefusedError {
  return new RefusedError(`The rules file (${FILE}) ${fault}; nothing was run`, CLOSED);
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "its top";
  return path.map((step, index) =>
    typeof step === "number" ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`
  ).join("");
}
