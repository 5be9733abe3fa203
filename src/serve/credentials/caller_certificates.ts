import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { JumpHost, ResolvedHost } from "../../config/resolved_host.ts";
import { AuthenticationError } from "../../errors.ts";
import type { AgentKey, AgentSource, KeyAgent } from "../../transport/auth/agent.ts";
import { parseCertificate } from "../../transport/keys/certificate.ts";
import { type Signer, SigningKey } from "../../transport/keys/signature.ts";
import type { SignerSettings } from "../settings.ts";
import type { Sign } from "./signer.ts";

/** A certificate is not begun to be used when it is about to end. */
const SPARE_S = 30n;

interface Certified {
  readonly key: SigningKey;
  readonly blob: Buffer;
  /** Seconds since the Unix epoch. */
  readonly validBefore: bigint;
}

/** The parts that a caller's certificates are made with. */
export interface CallerCertificatesParts {
  readonly clock: Clock;
  readonly signer: Sign;
  readonly sub: string;
  readonly settings: SignerSettings;
  readonly onSigned: (outcome: "ok" | "refused") => void;
}

/**
 * Short-lived certificates of one caller, one for each account; keys are made in memory and stay
 * there. They take the place of all that ssh_config names to log in with but a password of OVRD_*.
 */
export class CallerCertificates {
  readonly agents: AgentSource = { at: (user) => this.#agentFor(user) };
  readonly #parts: CallerCertificatesParts;
  readonly #certified = new Map<string, Promise<Certified>>();

  constructor(parts: CallerCertificatesParts) {
    this.#parts = parts;
  }

  /** The host, to be logged in to with this caller's certificate, hops too. */
  readonly loginAs = (host: ResolvedHost): ResolvedHost => ({
    ...asCaller(host),
    proxyJump: host.proxyJump.map(asCaller),
  });

  #agentFor(user: string): KeyAgent {
    return {
      list: async (): Promise<readonly AgentKey[]> => {
        const { blob } = await this.#of(user);
        return [{ blob, comment: this.#parts.sub }];
      },
      signer: (blob): Signer => ({
        sign: async (data, algorithm) => {
          const certified = await this.#of(user);
          if (!certified.blob.equals(blob)) throw new Error("the certificate has been renewed");
          return await certified.key.sign(data, algorithm);
        },
      }),
    };
  }

  async #of(user: string): Promise<Certified> {
    const known = await this.#certified.get(user)?.catch(() => undefined);
    const now = BigInt(Math.floor(this.#parts.clock.date() / 1000));
    if (known !== undefined && known.validBefore > now + SPARE_S) return known;
    const made = this.#make(user);
    this.#certified.set(user, made);
    return await made;
  }

  async #make(user: string): Promise<Certified> {
    const { signer, sub, settings, onSigned } = this.#parts;
    const key = new SigningKey(generateKeyPairSync("ed25519").privateKey);
    const principal = principalOf(settings.principal, { user, sub });
    try {
      const publicKey = key.blob.toString("base64");
      const blob = Buffer.from(await signer({ publicKey, keyId: sub, principal }), "base64");
      const { keyBlob, kind, validBefore } = parseCertificate(blob);
      if (kind !== "user" || !keyBlob.equals(key.blob)) {
        throw new Error("the signer's certificate is not of the key that was sent");
      }
      onSigned("ok");
      return { key, blob, validBefore };
    } catch (error) {
      onSigned("refused");
      throw error;
    }
  }
}

/** @throws {AuthenticationError} Where a name would stand for several principals: commas part them. */
function principalOf(
  template: string,
  names: Readonly<Record<"user" | "sub", string>>,
): string {
  return template.replace(/\{(user|sub)\}/g, (_, which: "user" | "sub") => {
    if (!names[which].includes(",")) return names[which];
    throw new AuthenticationError(
      `no certificate: ${which === "user" ? "the login name" : "the caller's name"} has a comma`,
      "Ask whoever runs this server; MCP_SSH_SIGNER_PRINCIPAL says what certificates are for",
    );
  });
}

function asCaller<Host extends JumpHost>(host: Host): Host {
  return {
    ...host,
    identityFiles: [],
    certificateFiles: [],
    identitiesOnly: false,
    identityAgent: host.user,
  };
}
