import { until } from "../condition.ts";
import { freePort, type Sshd, startSshd } from "../sshd.ts";
import { AuthorizationServer, type TokenOptions } from "./authorization_server.ts";
import { Balancer } from "./balancer.ts";
import { FreezingGate } from "./freezing_gate.ts";
import { connectHttp, type HttpClient, type HttpClientOptions } from "./http_client.ts";
import { Postgres } from "./postgres.ts";
import { type Replica, startReplica } from "./replica.ts";

/** Seconds: short, so that takeovers are seen soon; long enough for a busy machine. */
export const LEASE_S = 3;

/** A replica and what stands between it and the others. */
export interface Place {
  replica: Replica;
  /** Before its database. */
  readonly database: FreezingGate;
  /** Before its peer port: others reach it through here. */
  readonly peers: FreezingGate;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
}

/** A caller and the way in. */
export interface ConnectOptions extends TokenOptions, Partial<HttpClientOptions> {
  /** Place of the replica. */
  readonly at?: number;
  readonly url?: string;
}

/** Replicas with all they need, each behind gates that can freeze. */
export class SharedWorld implements AsyncDisposable {
  readonly places: Place[] = [];
  readonly #stack = new AsyncDisposableStack();

  private constructor(
    readonly sshd: Sshd,
    readonly postgres: Postgres,
    readonly issuer: AuthorizationServer,
    readonly balancer: Balancer,
  ) {}

  /** Starts so many replicas; `extra`: settings of all. */
  static async start(
    count: number,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<SharedWorld> {
    const balancer = new Balancer([]);
    const resource = balancer.url;
    const [sshd, postgres, issuer] = await Promise.all([
      startSshd(),
      Postgres.start(),
      AuthorizationServer.start(resource),
    ]);
    const world = new SharedWorld(sshd, postgres, issuer, balancer);
    for (const part of [sshd, postgres, issuer, balancer]) world.#stack.use(part);
    // All of them have started or failed before anything is taken down.
    const added = await Promise.allSettled(
      Array.from({ length: count }, () => world.#add(resource, extra)),
    );
    const failure = added.find((one) => one.status === "rejected");
    if (failure !== undefined) {
      await world[Symbol.asyncDispose]();
      throw failure.reason;
    }
    balancer.ports = world.places.map(({ port }) => port);
    await world.#untilAcquainted();
    return world;
  }

  get host(): string {
    return this.sshd.alias;
  }

  /** A client of a caller: at one replica, by way of `url`, or through the simple balancer. */
  async connect(options: ConnectOptions = {}): Promise<HttpClient> {
    const { at, url, generation = "2026", answerForm, ...claims } = options;
    const to = at === undefined ? url ?? this.balancer.url : this.places[at]!.replica.url;
    const token = await this.issuer.token(claims);
    return await connectHttp(to, { token, generation, answerForm });
  }

  /** Starts a replica anew in the place of one that has ended. */
  async restart(at: number): Promise<void> {
    const place = this.places[at]!;
    place.replica = await startReplica(place.env, place.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.places.map(({ replica }) => replica[Symbol.asyncDispose]()));
    for (const { database, peers } of this.places) {
      await database[Symbol.asyncDispose]();
      await peers[Symbol.asyncDispose]();
    }
    await this.#stack.disposeAsync();
  }

  /** Each has looked who is there since the last one was: before that none takes over in a hurry. */
  async #untilAcquainted(): Promise<void> {
    const since = await this.postgres.query("select clock_timestamp()");
    const strangers = `select count(*) from replica where looked is null or looked < '${since}'`;
    await until("all replicas know each other", async () => {
      return await this.postgres.query(strangers) === "0";
    }, { timeoutMs: 60_000 });
  }

  async #add(resource: string, extra: Readonly<Record<string, string>>): Promise<void> {
    const peerPort = freePort();
    const [database, peers] = await Promise.all([
      FreezingGate.start(this.postgres.port),
      FreezingGate.start(peerPort),
    ]);
    const env = {
      ...this.sshd.environment(),
      MCP_SSH_ISSUER: this.issuer.issuer,
      MCP_SSH_RESOURCE: resource,
      MCP_SSH_DATABASE: this.postgres.url(database.port),
      MCP_SSH_PEER_LISTEN: `127.0.0.1:${peerPort}`,
      MCP_SSH_PEER_URL: `http://127.0.0.1:${peers.port}`,
      MCP_SSH_CLUSTER_SECRET: "s".repeat(32),
      MCP_SSH_LEASE_S: `${LEASE_S}`,
      MCP_SSH_ALLOWED_HTTP_HOSTS: "127.0.0.1",
      ...extra,
    };
    const port = freePort();
    const replica = await startReplica(env, port);
    this.places.push({ replica, database, peers, env, port });
  }
}
