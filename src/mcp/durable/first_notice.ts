import { within } from "../../clock.ts";
import { identityOf } from "../../config/identity.ts";
import { calledHost } from "../../detached/detached_id.ts";
import type { Session, SessionFacts } from "../../session/session.ts";
import { type Call, type Services, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";
import { hasEnded } from "./durable_record.ts";

/** How long the first reply on a host waits for what is there. */
const LIST_MS = 3_000;
const SHOWN_IDS = 3;
const COMMAND_CHARS = 60;

interface Notice {
  readonly host: string;
  readonly user: string;
  /** "" for none. */
  readonly text: string;
}

/**
 * The listing at the first use of each host, by identity; for as long as the caller's commands are
 * kept: a shared server makes an object of services for each call.
 */
const found = new WeakMap<Services["commands"], Map<string, Notice>>();

/** The report of the first listing of a session's host; "" for nothing. */
export function noticeOf(facts: SessionFacts, services: Services): string {
  const notices = [...found.get(services.commands)?.values() ?? []];
  return notices.find(({ host, user }) => host === facts.host && user === facts.user)?.text ?? "";
}

/**
 * At the first use of a host: which durable commands of this user are there, in a few words.
 *
 * One listing for each host, after its first command has been answered; a host that cannot be asked
 * within 3 s is not asked again.
 */
export async function firstNotice(
  session: Session,
  args: TargetArguments,
  call: Call,
): Promise<string> {
  const { services } = call;
  if (!session.hasProcesses) return "";
  const notices = found.get(services.commands) ?? new Map<string, Notice>();
  found.set(services.commands, notices);
  const key = identityOf(session.host);
  if (notices.has(key)) return "";
  const { host, user } = session.host;
  notices.set(key, { host, user, text: "" });
  const listing = list(session, args, call).catch(() => "");
  const text = await within(services.clock, LIST_MS, listing) ?? "";
  notices.set(key, { host, user, text });
  return text;
}

async function list(session: Session, args: TargetArguments, call: Call): Promise<string> {
  const jobs = await call.services.detached();
  const registry = await call.services.registry();
  const { connection } = await registry.connection(targetOf(args), { signal: call.signal });
  const records = await jobs.list(connection, { signal: call.signal });
  const own = records.filter(({ state }) => state.kind !== "elsewhere");
  if (own.length === 0) return "";
  const running = own.filter((record) => !hasEnded(record));
  const redactor = call.services.commands.redactorOf(session);
  const shown = running.slice(0, SHOWN_IDS).map((record) =>
    `${record.name}@${calledHost(args)} (${shortened(redactor.apply(record.command))})`
  );
  return words(calledHost(args), {
    shown,
    running: running.length,
    finished: own.length - running.length,
  });
}

function shortened(command: string): string {
  if (command.length <= COMMAND_CHARS) return command;
  return `${command.slice(0, COMMAND_CHARS).toWellFormed()}…`;
}

function words(
  host: string,
  { shown, running, finished }: {
    readonly shown: readonly string[];
    readonly running: number;
    readonly finished: number;
  },
): string {
  const ids = shown.length === 0
    ? ""
    : `: ${shown.join(", ")}${running > shown.length ? ", …" : ""}`;
  return `durable commands of this user here: ${running} running${ids}; ${finished} finished; ` +
    `list_${running > 0 ? "running_commands" : "command_history"}(host="${host}") shows them`;
}
