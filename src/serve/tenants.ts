import type { Clock } from "../clock.ts";
import type { Caller } from "../guard/caller.ts";
import type { Job } from "../jobs/job.ts";
import type { Services } from "../mcp/call.ts";
import type { Registry } from "../session/registry.ts";

/** The services of one caller in this process: nobody else sees any of it. */
export interface OpenTenant {
  readonly services: Services;
  /** Undefined while nothing was connected. */
  readonly registry: () => Promise<Registry> | undefined;
}

/** The events of a caller's services. */
export interface TenantHooks {
  /** A command's state has changed. */
  readonly onChanged?: ((job: Job) => void) | undefined;
  /** The note on a new session, once. */
  readonly noteOf?: ((host: string, name: string) => string | undefined) | undefined;
}

/** The maker of a caller's services. */
export type OpenTenantServices = (caller: Caller, hooks: TenantHooks) => OpenTenant;

interface Kept extends OpenTenant {
  lastUsed: number;
  calls: number;
}

const IDLE_MS = 3_600_000;
const CHECK_MS = 60_000;

/** The services of all callers of this replica, one each, made at the first call. */
export class Tenants implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #open: OpenTenantServices;
  /** The end of a caller who left nothing open. */
  #onIdle: (sub: string) => Promise<void> = (sub) => this.drop(sub);
  readonly #kept = new Map<string, Kept>();
  readonly #retired = new Set<Kept>();
  readonly #hooks: (sub: string) => TenantHooks;
  #timer: Disposable | undefined;

  constructor(clock: Clock, open: OpenTenantServices, hooks: (sub: string) => TenantHooks) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.#open = open;
    this.#watchIdle();
  }

  /** In place of dropping a caller who left nothing open. */
  whenIdle(act: (sub: string) => Promise<void>): void {
    this.#onIdle = act;
  }

  /** Callers that have something here. */
  get size(): number {
    return this.#kept.size;
  }

  /** The services of a caller; `caller` in them is the one of this call, with its claims of now. */
  of(caller: Caller): OpenTenant {
    const kept = this.#kept.get(caller.sub) ?? {
      ...this.#open(caller, this.#hooks(caller.sub)),
      lastUsed: 0,
      calls: 0,
    };
    kept.lastUsed = this.#clock.now();
    this.#kept.set(caller.sub, kept);
    return { ...kept, services: { ...kept.services, caller } };
  }

  /** Answers a call with a caller's services; they are in use for so long. */
  async use<T>(caller: Caller, act: (tenant: OpenTenant) => Promise<T>): Promise<T> {
    const tenant = this.of(caller);
    const kept = this.#kept.get(caller.sub)!;
    kept.calls++;
    try {
      return await act(tenant);
    } finally {
      kept.calls--;
    }
  }

  /** Whether a call or a command of the caller is under way. */
  isBusy(sub: string): boolean {
    const kept = this.#kept.get(sub);
    return kept !== undefined && isBusy(kept);
  }

  /** Names of all that have something here. */
  subs(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Commands that run or wait, of all callers. */
  unfinished(): number {
    return [...this.#kept.values()].reduce((sum, { services }) => sum + unfinishedOf(services), 0);
  }

  /** Open sessions of all callers, as of the last look. */
  async sessions(): Promise<number> {
    const registries = await Promise.all(
      [...this.#kept.values()].map(({ registry }) => registry()),
    );
    return registries.reduce((sum, one) => sum + (one?.list().length ?? 0), 0);
  }

  /** Forgets a caller and closes the sessions. */
  async drop(sub: string): Promise<void> {
    const kept = this.#kept.get(sub);
    this.#kept.delete(sub);
    if (kept !== undefined) await close(kept);
  }

  /** Forgets a caller whom another replica has by now; what runs here runs to its end. */
  retire(sub: string): void {
    const kept = this.#kept.get(sub);
    this.#kept.delete(sub);
    if (kept === undefined) return;
    this.#retired.add(kept);
    void this.#closeRetired().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.subs().map((sub) => this.drop(sub).catch(() => {})));
    await Promise.all([...this.#retired].map((kept) => close(kept).catch(() => {})));
  }

  #watchIdle(): void {
    this.#timer = this.#clock.after(CHECK_MS, () => {
      void this.#dropIdle().catch(() => {});
      void this.#closeRetired().catch(() => {});
      this.#watchIdle();
    });
  }

  async #dropIdle(): Promise<void> {
    const before = this.#clock.now() - IDLE_MS;
    for (const [sub, kept] of [...this.#kept]) {
      if (kept.lastUsed > before || isBusy(kept)) continue;
      const open = await kept.registry();
      // A call may have come meanwhile.
      if (isBusy(kept) || kept.lastUsed > before) continue;
      if ((open?.list().length ?? 0) === 0) await this.#onIdle(sub);
    }
  }

  async #closeRetired(): Promise<void> {
    for (const kept of [...this.#retired]) {
      if (isBusy(kept)) continue;
      this.#retired.delete(kept);
      await close(kept);
    }
  }
}

function unfinishedOf({ commands }: Services): number {
  return commands.jobs.unfinished().length;
}

function isBusy({ calls, services }: Kept): boolean {
  return calls > 0 || unfinishedOf(services) > 0;
}

async function close({ registry }: OpenTenant): Promise<void> {
  await (await registry())?.closeAll();
}
