import postgres from "postgres";
import { type Clock, within } from "../../clock.ts";
import { ConnectError } from "../../errors.ts";
import { MIGRATIONS, SCHEMA_LOCK } from "./schema.ts";
import type {
  ClusterStore,
  Heartbeat,
  JobRow,
  LeftSession,
  Owner,
  OwnerRow,
  Replica,
} from "./store.ts";

/** The client library has no limit of its own: a statement over a parted network waits for minutes. */
const STATEMENT_MS = 3_000;
const PREPARE_MS = 30_000;
const CONNECTIONS = 5;

/** How the database is reached. */
export interface PostgresOptions {
  readonly clock: Clock;
  readonly url: string;
  /** Certificate authorities, PEM; where given the certificate must be theirs and name the host. */
  readonly ca: string | undefined;
  readonly onError: () => void;
}

/** The store in PostgreSQL, by plain statements: it works through a pooler in transaction mode. */
export class PostgresStore implements ClusterStore {
  readonly #sql: postgres.Sql;
  readonly #clock: Clock;
  readonly #onError: () => void;

  constructor({ clock, url, ca, onError }: PostgresOptions) {
    this.#clock = clock;
    this.#onError = onError;
    this.#sql = postgres(url, {
      max: CONNECTIONS,
      prepare: false,
      fetch_types: false,
      onnotice: () => {},
      connect_timeout: STATEMENT_MS / 1000,
      max_lifetime: 1_800,
      backoff: (attempt: number) => Math.min(2, 0.1 * 2 ** attempt),
      connection: { application_name: "mcp-ssh-session" },
      ...(ca === undefined ? {} : { ssl: { ca, servername: hostOf(url) } }),
    });
  }

  async prepare(): Promise<void> {
    await this.#within(PREPARE_MS, async () => {
      await this.#sql.begin(async (sql) => {
        await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK})`;
        await sql`create table if not exists schema_step (step int primary key)`;
        const [row] = await sql`select coalesce(max(step), -1)::int as last from schema_step`;
        for (const [step, text] of MIGRATIONS.entries()) {
          if (step <= row!["last"]) continue;
          await sql.unsafe(text);
          await sql`insert into schema_step values (${step})`;
        }
      });
    });
  }

  async beat({ replica: { id, url }, leaseMs, callers, lookedMs }: Heartbeat): Promise<void> {
    const looked = lookedMs === undefined || lookedMs === Infinity ? null : lookedMs;
    await this.#run(this.#sql`
      with put_back as (
        insert into owner
        select caller, ${id}, nextval('fence') from json_array_elements_text(
          ${JSON.stringify(callers)}::text::json) as mine(caller)
        where not exists (select 1 from owner o where o.caller = mine.caller)
        on conflict do nothing
      )
      insert into replica (id, url, expires, looked) values (${id}, ${url},
        clock_timestamp() + ${leaseMs} * interval '1 ms',
        clock_timestamp() - ${looked}::float8 * interval '1 ms')
      on conflict (id) do update set expires = excluded.expires, url = excluded.url,
        looked = coalesce(excluded.looked, replica.looked)`);
  }

  async leave(id: string): Promise<void> {
    // Its row stays for a day: one that is missing tells the others that the data were lost.
    await this.#run(this.#sql`
      with gone as (update replica set expires = clock_timestamp(), url = '' where id = ${id})
      delete from owner where replica = ${id}`);
  }

  async replicas(): Promise<readonly Replica[]> {
    const rows = await this.#run(this.#sql`
      select id, url from replica where expires > clock_timestamp()`);
    return rows.map(({ id, url }) => ({ id, url }));
  }

  async knows(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.#run(this.#sql`
      select id from replica where id in ${this.#sql([...ids])}`);
    return new Set(rows.map(({ id }) => id));
  }

  async left(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.#run(this.#sql`
      select id from replica where url = '' and id in ${this.#sql([...ids])}`);
    return new Set(rows.map(({ id }) => id));
  }

  async ownerOf(caller: string): Promise<Owner | undefined> {
    const [row] = await this.#run(this.#sql`
      select o.replica, o.token::text as token, coalesce(r.url, '') as url,
        extract(epoch from clock_timestamp() - r.expires)::float8 * 1000 as over_ms,
        extract(epoch from clock_timestamp() - r.looked)::float8 * 1000 as looked_ms
      from owner o left join replica r on r.id = o.replica where o.caller = ${caller}`);
    if (row === undefined) return undefined;
    const { replica, url, token } = row;
    const overMs = row["over_ms"] ?? Infinity;
    const lookedMs = row["looked_ms"] ?? Infinity;
    return { replica: { id: replica, url }, token, isAlive: overMs < 0, overMs, lookedMs };
  }

  async take(caller: string, me: string, from: string | undefined): Promise<string | undefined> {
    const taken = from === undefined
      ? this.#sql`insert into owner values (${caller}, ${me}, nextval('fence'))
          on conflict do nothing returning token`
      : this.#sql`update owner set replica = ${me}, token = nextval('fence')
          where caller = ${caller} and token = ${from}::bigint returning token`;
    const [row] = await this.#run(this.#sql`
      with taken as (${taken}), lost as (
        update job set finished = true
        where caller = ${caller} and not finished and replica <> ${me}
          and exists (select 1 from taken)
      ) select token::text as token from taken`);
    return row?.["token"];
  }

  async owners(
    me: string,
    callers: readonly string[],
  ): Promise<ReadonlyMap<string, OwnerRow>> {
    const rows = await this.#run(this.#sql`
      select caller, replica, token::text as token from owner where replica = ${me}
        or caller in (select json_array_elements_text(${JSON.stringify(callers)}::text::json))`);
    return new Map(rows.map(({ caller, replica, token }) => [caller, { replica, token }]));
  }

  async release(caller: string, me: string, token?: string): Promise<void> {
    const same = token === undefined ? this.#sql`` : this.#sql`and token = ${token}::bigint`;
    await this.#run(this.#sql`
      delete from owner where caller = ${caller} and replica = ${me} ${same}`);
  }

  async saveJobs(rows: readonly JobRow[], me: string): Promise<void> {
    const values = JSON.stringify(
      rows,
      (_, value) => typeof value === "string" ? kept(value) : value,
    );
    await this.#run(this.#sql`
      insert into job
      select id, j.caller, host, session, ${me}::text, "isFinished",
        to_timestamp("createdAt" / 1000), record, head, "tailStart", tail
      from json_to_recordset(${values}::text::json) as j(id text, caller text, host text,
        session text, "isFinished" boolean, "createdAt" float8, record text, head text,
        "tailStart" bigint, tail text)
      where exists (select 1 from owner o where o.caller = j.caller and o.replica = ${me})
      on conflict (id) do update set finished = excluded.finished, record = excluded.record,
        head = excluded.head, tail_start = excluded.tail_start, tail = excluded.tail
      where job.replica = excluded.replica and not job.finished`);
  }

  async leftJobs(caller: string, me: string, limit: number): Promise<readonly JobRow[]> {
    const rows = await this.#run(this.#sql`
      select *, extract(epoch from created) * 1000 as created_ms from job where caller = ${caller} and replica <> ${me} and finished
      order by created desc limit ${limit}`);
    return rows.map(jobOf);
  }

  async leftJob(caller: string, me: string, id: string): Promise<JobRow | undefined> {
    const rows = await this.#run(this.#sql`
      select *, extract(epoch from created) * 1000 as created_ms from job
      where caller = ${caller} and replica <> ${me} and finished and id = ${id}`);
    return rows.map(jobOf)[0];
  }

  async leftSessions(caller: string, me: string): Promise<readonly LeftSession[]> {
    const rows = await this.#run(this.#sql`
      select distinct host, session from job where caller = ${caller} and replica <> ${me}
        and created > clock_timestamp() - interval '1 day'`);
    return rows.map(({ host, session }) => ({ host, session }));
  }

  async sweep(days: number): Promise<void> {
    await this.#run(this.#sql`
      with gone as (delete from job where created < clock_timestamp() - ${days} * interval '1 day')
      delete from replica where expires < clock_timestamp() - interval '1 day'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }

  async #run(query: postgres.PendingQuery<postgres.Row[]>): Promise<readonly postgres.Row[]> {
    return await this.#within(STATEMENT_MS, () => query);
  }

  /** @throws {ConnectError} Where it fails or takes longer; whether it was done is unknown then. */
  async #within<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
    const done = act().then((value) => ({ value }));
    done.catch(() => {});
    try {
      const inTime = await within(this.#clock, limitMs, done);
      if (inTime !== undefined) return inTime.value;
    } catch (error) {
      this.#onError();
      throw databaseError(error instanceof Error ? error.message : String(error), error);
    }
    this.#onError();
    throw databaseError(`it did not answer within ${limitMs / 1000} s`, undefined);
  }
}

function databaseError(seen: string, cause: unknown): ConnectError {
  return new ConnectError(
    `The server's database cannot be used: ${seen}`,
    "Try again in a few seconds; commands that run go on",
    { cause },
  );
}

/** Without NUL and halves of characters, of which output that is cut has some: one refuses all rows. */
function kept(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

function jobOf(row: postgres.Row): JobRow {
  return {
    id: row["id"],
    caller: row["caller"],
    host: row["host"],
    session: row["session"],
    isFinished: row["finished"],
    createdAt: Number(row["created_ms"]),
    record: row["record"],
    head: row["head"],
    tailStart: Number(row["tail_start"]),
    tail: row["tail"],
  };
}
