import type { Buffer } from "node:buffer";
import { type Clock, within } from "../../clock.ts";
import { readBoundedText } from "../../config/bounded_file.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { AgentDeniedError, type KeyAgent } from "./agent.ts";
import type { AuthOptions } from "./auth_options.ts";
import { type Certificate, isCertificateType, parseCertificate } from "../keys/certificate.ts";
import { keyTypeOf } from "../keys/key_blob.ts";
import { fingerprintSha256 } from "../host_key/known_hosts.ts";
import { parsePublicLine } from "../keys/key_file.ts";
import type { ReadKeyFile } from "../keys/key_cache.ts";
import type { Signer } from "../keys/signature.ts";

/** Something to offer for public key authentication (RFC 4252 §7). */
export interface Candidate {
  /** Its name in an error, such as the file's path. */
  readonly label: string;
  /** Key or certificate to offer; undefined where only decrypting tells it. */
  readonly blob: Buffer | undefined;
  readonly certificate?: Certificate;
  /** The signer; or the reason that it cannot sign, in words that follow "is". */
  readonly signer: () => Promise<SignerAndBlob | string>;
  /** Whether the signer is at hand at no cost, so that asking first would waste a round trip. */
  readonly ready: "now" | "when-wanted";
}

/** A signer with the public half it turned out to have. */
export interface SignerAndBlob {
  readonly signer: Signer;
  readonly blob: Buffer;
}

/** The identities to offer, in order, and those that were passed over. */
export interface Identities {
  readonly candidates: readonly Candidate[];
  /** Sentences about files and agents that could not be used. */
  readonly notes: readonly string[];
  /** Advice about an agent that this program may not use. */
  readonly advice: string | undefined;
}

interface LoadedIdentity {
  readonly path: string;
  readonly named: boolean;
  readonly file: ReadKeyFile;
  /** The public half, from the file or from the `.pub` beside it. */
  readonly blob: Buffer | undefined;
  readonly certificate: Certificate | undefined;
}

/**
 * Collects what ssh(1) would offer: certificates first, then the user's identity files (by the
 * agent where it has them), then other keys of the agent, then default files.
 */
export async function collectIdentities(
  resolved: ResolvedHost,
  options: AuthOptions,
): Promise<Identities> {
  const notes: string[] = [];
  const agent = resolved.identityAgent === undefined
    ? undefined
    : options.agents.at(resolved.identityAgent);
  const { blobs: agentBlobs, advice } = agent === undefined
    ? NO_AGENT
    : await listAgent(agent, { notes, ...options });
  const loaded = await Promise.all(resolved.identityFiles.map((file) => load(file, options)));
  const certificates = await loadCertificates(resolved, notes);
  const maker = new CandidateMaker(resolved, options, { agent, agentBlobs, notes });
  const files = loaded.map((identity) => maker.ofFile(identity));
  const ofCertificates = loaded.flatMap((identity) =>
    maker.ofCertificates(identity, [identity.certificate, ...certificates])
  );
  const rest = resolved.identitiesOnly ? [] : maker.ofAgentRest(loaded);
  const named = files.filter((_, index) => loaded[index]!.named);
  const defaults = files.filter((_, index) => !loaded[index]!.named);
  const ordered = [
    ...ofCertificates,
    ...rest.filter(({ certificate }) => certificate !== undefined),
    ...named,
    ...rest.filter(({ certificate }) => certificate === undefined),
    ...defaults,
  ];
  return { candidates: ordered.filter((one) => one !== undefined), notes, advice };
}

interface AgentKeys {
  readonly blobs: readonly Buffer[];
  /** Advice where it may not be used. */
  readonly advice: string | undefined;
}

const NO_AGENT: AgentKeys = { blobs: [], advice: undefined };

/** An agent that hangs must not keep the login from the key files. */
const agentLimitMs = 5000;

async function listAgent(
  agent: KeyAgent,
  { clock, notes }: { readonly clock: Clock; readonly notes: string[] },
): Promise<AgentKeys> {
  try {
    const keys = await within(clock, agentLimitMs, agent.list());
    if (keys !== undefined) return { blobs: keys.map(({ blob }) => blob), advice: undefined };
    notes.push(`the agent does not answer within ${agentLimitMs / 1000} s`);
    return NO_AGENT;
  } catch (error) {
    notes.push((error as Error).message);
    return { blobs: [], advice: error instanceof AgentDeniedError ? error.advice : undefined };
  }
}

async function load(
  { path, named }: { readonly path: string; readonly named: boolean },
  { keys }: AuthOptions,
): Promise<LoadedIdentity> {
  const file = await keys.read(path);
  const own = file.kind === "private" ? file.key.blob : "blob" in file ? file.blob : undefined;
  const blob = own ?? await readPublic(`${path}.pub`);
  const beside = await readPublic(`${path.replace(/\.pub$/, "")}-cert.pub`);
  return { path, named, file, blob, certificate: asCertificate(beside) };
}

async function readPublic(path: string): Promise<Buffer | undefined> {
  return await readBoundedText(path).then(parsePublicLine).catch(() => undefined);
}

function asCertificate(blob: Buffer | undefined): Certificate | undefined {
  try {
    return blob === undefined || !isCertificateType(keyTypeOf(blob))
      ? undefined
      : parseCertificate(blob);
  } catch {
    return undefined;
  }
}

async function loadCertificates(
  resolved: ResolvedHost,
  notes: string[],
): Promise<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const path of resolved.certificateFiles) {
    const certificate = asCertificate(await readPublic(path));
    if (certificate === undefined) notes.push(`${path} is no certificate that can be read`);
    else found.push(certificate);
  }
  return found;
}

interface MakerParts {
  readonly agent: KeyAgent | undefined;
  readonly agentBlobs: readonly Buffer[];
  readonly notes: string[];
}

/** Turns files and the agent's keys into candidates. */
class CandidateMaker {
  constructor(
    readonly resolved: ResolvedHost,
    readonly options: AuthOptions,
    readonly parts: MakerParts,
  ) {}

  ofFile(identity: LoadedIdentity): Candidate | undefined {
    const { path, file, named, blob } = identity;
    if (blob !== undefined && this.#agentHas(blob)) return this.#ofAgent(blob, path);
    switch (file.kind) {
      case "private":
      case "locked":
        return {
          label: path,
          blob,
          ready: file.kind === "private" ? "now" : "when-wanted",
          signer: () => this.#unlock(identity),
        };
      case "public":
        return void this.parts.notes.push(
          `${path} is a public key, and no agent has the private one`,
        );
      case "missing":
        if (named) this.parts.notes.push(`${path} does not exist`);
        return undefined;
      case "unusable":
        return void this.parts.notes.push(`${path} cannot be used: ${file.reason}`);
    }
  }

  /** The certificates, given or beside the file, that certify this identity. */
  ofCertificates(
    identity: LoadedIdentity,
    certificates: readonly (Certificate | undefined)[],
  ): readonly Candidate[] {
    const { blob, path } = identity;
    if (blob === undefined) return [];
    const plain = isCertificateType(keyTypeOf(blob)) ? undefined : this.ofFile(identity);
    return certificates.filter((one) => one?.keyBlob.equals(blob)).flatMap((certificate) =>
      plain === undefined || certificate === undefined ? [] : [{
        ...plain,
        label: `${path} with certificate ${JSON.stringify(certificate.keyId)}`,
        blob: certificate.blob,
        certificate,
      }]
    );
  }

  ofAgentRest(loaded: readonly LoadedIdentity[]): readonly Candidate[] {
    const taken = (blob: Buffer): boolean => loaded.some((one) => one.blob?.equals(blob));
    return this.parts.agentBlobs.filter((blob) => !taken(blob)).map((blob) => {
      const certificate = asCertificate(blob);
      const candidate = this.#ofAgent(
        blob,
        `the agent's ${keyTypeOf(blob)} key ${fingerprintSha256(blob)}`,
      );
      return certificate === undefined ? candidate : { ...candidate, certificate };
    });
  }

  #agentHas(blob: Buffer): boolean {
    return this.parts.agentBlobs.some((one) => one.equals(blob));
  }

  #ofAgent(blob: Buffer, label: string): Candidate {
    const signer = this.parts.agent!.signer(blob);
    return { label, blob, ready: "when-wanted", signer: () => Promise.resolve({ signer, blob }) };
  }

  async #unlock({ path, file }: LoadedIdentity): Promise<SignerAndBlob | string> {
    if (file.kind === "private") return { signer: file.key, blob: file.key.blob };
    if (file.kind !== "locked") return "not a private key";
    const { password } = this.resolved;
    if (password === undefined) return "encrypted, and no passphrase was given";
    const key = await this.options.keys.unlock(path, file, password);
    return key === undefined
      ? "encrypted, and the password given is not its passphrase"
      : { signer: key, blob: key.blob };
  }
}
