import type { Clock } from "../clock.ts";
import { UnknownCommandError } from "../errors.ts";
import type { Approvals } from "../guard/approvals.ts";
import type { Caller } from "../guard/caller.ts";
import type { Log } from "../guard/log.ts";
import { COMMAND_META_KEY } from "../mcp/command/command_record.ts";
import type { ToolResult } from "../mcp/tool.ts";
import { answerHere, refusal, toolsOverHttp } from "./call_here.ts";
import { Journal } from "./cluster/journal.ts";
import { MemoryStore } from "./cluster/memory_store.ts";
import { Ownership } from "./cluster/ownership.ts";
import { PeerDesk } from "./cluster/peer_desk.ts";
import { PeerServer } from "./cluster/peer_server.ts";
import { Peers } from "./cluster/peers.ts";
import { type RoutedCall, Router } from "./cluster/router.ts";
import { SealedBoxes } from "./cluster/sealed.ts";
import { SharedApprovals } from "./cluster/shared_approvals.ts";
import type { ClusterStore, Replica } from "./cluster/store.ts";
import type { Metrics } from "./metrics.ts";
import type { RunningCalls } from "./running_calls.ts";
import type { ClusterSettings } from "./settings.ts";
import { type OpenTenantServices, Tenants } from "./tenants.ts";

const ALONE_LEASE_MS = 60_000;
const SWEEP_MS = 3_600_000;
const MOVED_NOTE =
  "new shell: the one before was at a replica of this server that has ended, and " +
  "its directory and variables are gone";

/** The parts of a member of the cluster. */
export interface MemberParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly running: RunningCalls;
  readonly openServices: OpenTenantServices;
  readonly approvals: Approvals;
  /** Undefined for one replica alone. */
  readonly cluster: ClusterSettings | undefined;
}

/** One replica's part in the cluster: its callers, and the way to those of others. */
export class Member implements AsyncDisposable {
  readonly #parts: MemberParts;
  readonly #tenants: Tenants;
  readonly #ownership: Ownership;
  readonly #router: Router;
  readonly #store: ClusterStore;
  readonly #peers: Peers | undefined;
  readonly #journal: Journal | undefined;
  readonly #peerServer: PeerServer | undefined;
  /** The requests of all replicas that wait for persons. */
  readonly approvals: SharedApprovals;
  /** Sealed by the cluster's secret, or by one of this process where it is alone. */
  readonly boxes: SealedBoxes;
  readonly #left = new Map<string, Set<string>>();
  #sweeping: Disposable | undefined;

  private constructor(parts: MemberParts, shared: Shared) {
    const { clock, log, metrics, openServices } = parts;
    const { store, peers, me, leaseMs } = shared;
    this.#parts = parts;
    this.#store = store;
    this.#peers = peers;
    this.#journal = parts.cluster &&
      new Journal({ clock, log, store, me: me.id, keepsOutput: parts.cluster.keepsOutput });
    this.#tenants = new Tenants(clock, openServices, (sub) => ({
      onChanged: (job) => this.#journal?.note(sub, job),
      noteOf: (host, name) => this.#noteOf(sub, host, name),
    }));
    this.#ownership = new Ownership({
      ...{ clock, log, store, peers, me, leaseMs, metrics },
      onTaken: (caller) => this.#takeUp(caller),
      onLost: (caller) => this.#tenants.retire(caller),
    });
    this.boxes = shared.boxes;
    this.approvals = new SharedApprovals(parts.approvals, { ownership: this.#ownership, peers });
    this.#router = new Router({
      ...{ clock, log, peers, leaseMs, metrics, ownership: this.#ownership },
      answerHere: (call) => this.#answerHere(call),
    });
    this.#peerServer = parts.cluster && this.#listen(parts.cluster, shared);
    this.#tenants.whenIdle((sub) => this.#giveBack(sub));
    this.#offerNumbers();
  }

  /** Joins the cluster that the settings describe, or is one by itself. */
  static async join(parts: MemberParts): Promise<Member> {
    const shared = await sharedOf(parts);
    await shared.store.prepare();
    const member = new Member(parts, shared);
    await member.#ownership.start();
    if (parts.cluster) member.#keepSweeping(parts.cluster.retentionDays);
    return member;
  }

  /** The services of callers of this replica; of those that others own it is empty. */
  get tenants(): Tenants {
    return this.#tenants;
  }

  /** Whether callers are as well off here as at another replica. */
  get isReady(): boolean {
    return this.#ownership.isReady;
  }

  /** Answers a call wherever the caller's sessions are. */
  async answer(call: RoutedCall): Promise<ToolResult> {
    return await this.#router.answer(call);
  }

  /** A client takes a request back that another replica may have got. */
  cancelElsewhere(key: string, reason: string): void {
    for (const peer of this.#ownership.others) {
      void this.#peers?.ask(peer, { kind: "cancel", key, reason });
    }
  }

  /** Gives callers back as their commands end, until none is left or it is late. */
  async drain(lateAt: number): Promise<void> {
    const { clock } = this.#parts;
    for (;;) {
      const idle = this.#ownership.owned.filter((sub) => !this.#tenants.isBusy(sub));
      await Promise.all(idle.map((sub) => this.#giveBack(sub).catch(() => {})));
      if (this.#ownership.owned.length === 0 || clock.now() >= lateAt) return;
      await clock.sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sweeping?.[Symbol.dispose]();
    await this.#journal?.[Symbol.asyncDispose]();
    await this.#ownership[Symbol.asyncDispose]();
    await this.#tenants[Symbol.asyncDispose]();
    await this.#peerServer?.[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }

  async #answerHere({ caller, tool: name, args, context }: RoutedCall): Promise<ToolResult> {
    return await this.#tenants.use(caller, async ({ services }) => {
      const tool = toolsOverHttp(services).find((one) => one.name === name);
      if (tool === undefined || !services.policy.offers(name)) {
        return refusal(
          new UnknownCommandError(`There is no tool ${name}`, "Ask for the tools anew"),
        );
      }
      await this.#restore(caller, args).catch(() => {});
      const result = await answerHere(tool, args, { services, context });
      const { command_id, state } = Object(result._meta?.[COMMAND_META_KEY]) as Record<
        string,
        unknown
      >;
      const isUnfinished = typeof command_id === "string" && state !== "exited";
      if (isUnfinished) await this.#journal?.recorded(command_id);
      return result;
    });
  }

  /** A command that others have left and that is too old to be taken up at once. */
  async #restore(caller: Caller, args: unknown): Promise<void> {
    const { command_id: id } = Object(args) as Record<string, unknown>;
    if (typeof id !== "string" || this.#journal === undefined) return;
    const { jobs } = this.#tenants.of(caller).services.commands;
    if (jobs.find(id) !== undefined) return;
    const left = await this.#journal.leftOne(caller.sub, id);
    if (left !== undefined) jobs.restore([left]);
  }

  /** Takes over from the replicas before: results of commands, and the names of sessions. */
  async #takeUp(sub: string): Promise<void> {
    if (this.#journal === undefined) return;
    const { me } = this.#ownership;
    // Before the commands: taking them over makes their sessions this replica's own.
    const sessions = await this.#store.leftSessions(sub, me.id);
    const jobs = await this.#journal.left(sub);
    const caller = { sub, groups: [], claims: {} };
    this.#tenants.of(caller).services.commands.jobs.restore(jobs);
    this.#left.set(sub, new Set(sessions.map(({ host, session }) => leftKey(host, session))));
  }

  #noteOf(sub: string, host: string, name: string): string | undefined {
    return this.#left.get(sub)?.delete(leftKey(host, name)) ? MOVED_NOTE : undefined;
  }

  /** Of a caller who is idle: a call that comes while that goes on waits for it, and runs elsewhere. */
  async #giveBack(sub: string): Promise<void> {
    let closing: Promise<void> | undefined;
    await this.#ownership.release(sub, async () => {
      // The store may be down; what is not written then is lost with this replica.
      await this.#journal?.settle();
      this.#left.delete(sub);
      closing = this.#tenants.drop(sub);
    });
    await closing;
  }

  #listen({ peerListen }: ClusterSettings, { me, boxes }: Shared): PeerServer {
    const desk = new PeerDesk(this.#router, {
      ownership: this.#ownership,
      approvals: this.approvals,
      cancel: (key, reason) => this.#parts.running.cancel(key, reason),
    });
    return new PeerServer(peerListen, {
      clock: this.#parts.clock,
      me: me.id,
      boxes,
      handle: (request, work) => desk.answer(request, work),
    });
  }

  #keepSweeping(days: number): void {
    const { clock, log } = this.#parts;
    this.#sweeping = clock.after(SWEEP_MS, () => {
      this.#store.sweep(days).catch((error) => log.warn("sweep", { error: String(error) }));
      this.#keepSweeping(days);
    });
  }

  #offerNumbers(): void {
    const { metrics } = this.#parts;
    metrics.gauge("mcp_ssh_callers", () => this.#tenants.size);
    metrics.gauge("mcp_ssh_jobs", () => this.#tenants.unfinished());
    metrics.gauge("mcp_ssh_owned_callers", () => this.#ownership.owned.length);
    metrics.gauge("mcp_ssh_database_up", () => this.#ownership.isUp ? 1 : 0);
    metrics.gauge("mcp_ssh_journal_queue", () => this.#journal?.waiting ?? 0);
  }
}

/** The parts that replicas have in common. */
interface Shared {
  readonly store: ClusterStore;
  readonly peers: Peers | undefined;
  readonly boxes: SealedBoxes;
  readonly me: Replica;
  readonly leaseMs: number;
}

async function sharedOf({ clock, metrics, cluster }: MemberParts): Promise<Shared> {
  const id = crypto.randomUUID();
  if (cluster === undefined) {
    const store = new MemoryStore(clock);
    const me = { id, url: "" };
    const boxes = await SealedBoxes.of([crypto.randomUUID() + crypto.randomUUID()]);
    return { store, peers: undefined, boxes, me, leaseMs: ALONE_LEASE_MS };
  }
  const { secrets, leaseMs, peerUrl } = cluster;
  const boxes = await SealedBoxes.of(secrets);
  return {
    store: await openDatabase(clock, cluster, () => metrics.count("mcp_ssh_database_errors_total")),
    peers: new Peers(clock, boxes),
    boxes,
    me: { id, url: peerUrl.href },
    leaseMs,
  };
}

/** The store in the database that the settings name; nothing is connected yet. */
export async function openDatabase(
  clock: Clock,
  { database, databaseCa }: ClusterSettings,
  onError: () => void,
): Promise<ClusterStore> {
  const { PostgresStore } = await import("./cluster/postgres_store.ts");
  const ca = databaseCa === undefined ? undefined : await Deno.readTextFile(databaseCa);
  return new PostgresStore({ clock, url: database, ca, onError });
}

function leftKey(host: string, session: string): string {
  return JSON.stringify([host, session]);
}
