import { mustRun } from "../command.ts";

/** A double of Vault's SSH secrets engine, which signs with ssh-keygen. */
export class SignerDouble implements AsyncDisposable {
  /** The token that it takes. */
  readonly token: string = "s.throwaway";
  /** Public key of the authority, for TrustedUserCAKeys. */
  readonly publicKeyPath: string;
  /** Principals that were asked for. */
  readonly asked: string[] = [];
  /** Seconds. */
  ttl = 300;
  readonly #directory: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(directory: string) {
    this.#directory = directory;
    this.publicKeyPath = `${directory}/ca.pub`;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** Makes an authority and starts it on loopback. */
  static async start(): Promise<SignerDouble> {
    const directory = await Deno.makeTempDir({ prefix: "mcp-ssh-signer-" });
    await Deno.chmod(directory, 0o755);
    await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${directory}/ca`]);
    return new SignerDouble(directory);
  }

  /** The value for MCP_SSH_SIGNER. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1/ssh/sign/team`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    if (request.headers.get("x-vault-token") !== this.token) {
      return Response.json({ errors: ["permission denied"] }, { status: 403 });
    }
    const { public_key, valid_principals, key_id } = await request.json();
    this.asked.push(valid_principals);
    const path = `${this.#directory}/${crypto.randomUUID()}`;
    await Deno.writeTextFile(`${path}.pub`, `${public_key}\n`);
    const validity = `-1m:+${this.ttl}s`;
    await mustRun([
      ...["ssh-keygen", "-q", "-s", `${this.#directory}/ca`, "-I", key_id, "-n", valid_principals],
      ...["-V", validity, `${path}.pub`],
    ] as [string, ...string[]]);
    const signed_key = await Deno.readTextFile(`${path}-cert.pub`);
    return Response.json({ data: { serial_number: "1", signed_key } });
  }
}
