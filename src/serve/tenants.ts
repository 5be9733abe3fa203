import type { Clock } from "../clock.ts";
import type { Caller } from "../guard/caller.ts";
import type { Services } from "../mcp/call.ts";
import type { Registry } from "../session/registry.ts";

/** What one caller has in this process: nobody else sees any of it. */
export interface OpenTenant {
  readonly services: Services;
  /** Undefined while nothing was connected. */
  readonly registry: () => Promise<Registry> | undefined;
}

/** What makes a caller's services. */
export type OpenTenantServices = (caller: Caller) => OpenTenant;

interface Kept extends OpenTenant {
  lastUsed: number;
}

const IDLE_MS = 3_600_000;
const CHECK_MS = 60_000;

/** The services of all callers of this replica, one each, made at the first call. */
export class Tenants implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #open: OpenTenantServices;
  readonly #kept = new Map<string, Kept>();
  readonly #sessions = new Map<string, number>();
  #timer: Disposable | undefined;

  constructor(clock: Clock, open: OpenTenantServices) {
    this.#clock = clock;
    this.#open = open;
    this.#watchIdle();
  }

  /** Callers that have something here. */
  get size(): number {
    return this.#kept.size;
  }

  /** The services of a caller; `caller` in them is the one of this call, with its claims of now. */
  of(caller: Caller): OpenTenant {
    const kept = this.#kept.get(caller.sub) ?? { ...this.#open(caller), lastUsed: 0 };
    kept.lastUsed = this.#clock.now();
    this.#kept.set(caller.sub, kept);
    return { ...kept, services: { ...kept.services, caller } };
  }

  /** Undefined where the caller has nothing here. */
  find(sub: string): OpenTenant | undefined {
    return this.#kept.get(sub);
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
    const registry = await kept?.registry();
    await registry?.closeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.subs().map((sub) => this.drop(sub).catch(() => {})));
  }

  #watchIdle(): void {
    this.#timer = this.#clock.after(CHECK_MS, () => {
      void this.#dropIdle().catch(() => {});
      this.#watchIdle();
    });
  }

  async #dropIdle(): Promise<void> {
    const before = this.#clock.now() - IDLE_MS;
    for (const [sub, { lastUsed, services, registry }] of [...this.#kept]) {
      if (lastUsed > before || unfinishedOf(services) > 0) continue;
      const open = await registry();
      if ((open?.list().length ?? 0) === 0) await this.drop(sub);
    }
  }
}

/** How many commands of a caller run or wait. */
export function unfinishedOf({ commands }: Services): number {
  return commands.jobs.unfinished().length;
}
