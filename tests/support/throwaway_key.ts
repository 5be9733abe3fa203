import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";

const TYPE = "ssh-ed25519";

/**
 * Writes a new Ed25519 key pair as ssh-keygen(1) does, the public half beside it ending in `.pub`.
 *
 * In this process: hundreds of tests start an sshd, and each would start ssh-keygen twice.
 */
export async function writeThrowawayKey(path: string): Promise<void> {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d!, "base64url");
  const point = Buffer.from(x!, "base64url");
  const shown = fields(TYPE, point);
  const pem = secret(shown, fields(TYPE, point, Buffer.concat([seed, point]), "throwaway"))
    .toString("base64").replaceAll(/.{70}/g, "$&\n");
  const [begin, end] = ["BEGIN", "END"].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  await Deno.writeTextFile(path, `${begin}\n${pem}\n${end}\n`, { mode: 0o600 });
  await Deno.writeTextFile(`${path}.pub`, `${TYPE} ${shown.toString("base64")} throwaway\n`);
}

/** The unencrypted form of OpenSSH's PROTOCOL.key. */
function secret(shown: Buffer, key: Buffer): Buffer {
  const check = crypto.getRandomValues(Buffer.alloc(4));
  const inner = Buffer.concat([check, check, key]);
  const padding = Buffer.from(Array.from({ length: (8 - inner.length % 8) % 8 }, (_, i) => i + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const magic = Buffer.from("openssh-key-v1\0");
  const padded = Buffer.concat([inner, padding]);
  return Buffer.concat([magic, fields("none", "none", ""), count, fields(shown, padded)]);
}

/** Strings of RFC 4251 §5, one behind the other. */
function fields(...values: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(values.flatMap((value) => {
    const bytes = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  }));
}
