import { parseTarget } from "../config/target.ts";

/** The parts of a durable command's id: all that a server needs that never saw the command. */
export interface DetachedId {
  /** Name of its record on the host: "j" and 12 characters. */
  readonly record: string;
  /** Whose record it is, where that is another user than the one who logs in, such as "root". */
  readonly owner?: string | undefined;
  /** The host as it was called: alias, `user@host`, `host:port`, … */
  readonly host: string;
}

const ID = /^(j[0-9a-z]{12})(?:\+([A-Za-z_][A-Za-z0-9_.-]{0,63}))?@(.+)$/s;

/** Reads `jID@host` or `jID+owner@host`; undefined for the id of any other command. */
export function parseDetachedId(id: string): DetachedId | undefined {
  const [, record, owner, host] = ID.exec(id) ?? [];
  if (record === undefined || host === undefined) return undefined;
  return { record, owner, host };
}

/** The id as replies show it. */
export function formatDetachedId({ record, owner, host }: DetachedId): string {
  return `${record}${owner === undefined ? "" : `+${owner}`}@${host}`;
}

/** The host as one word that holds the user and the port a call gave beside it. */
export function calledHost(
  target: {
    readonly host: string;
    readonly username?: string | undefined;
    readonly port?: number | undefined;
  },
): string {
  if (target.username === undefined && target.port === undefined) return target.host;
  const { alias, user, port } = parseTarget(target);
  const name = port !== undefined && alias.includes(":") ? `[${alias}]` : alias;
  return `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
}
