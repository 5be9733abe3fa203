import { systemClock } from "../../src/clock.ts";
import { Connector } from "../../src/transport/connector.ts";
import type { Sshd } from "../support/sshd.ts";
import { targetOf } from "../transport/targets.ts";

/** How a Worker is to connect. */
interface Work {
  readonly sshd: Pick<Sshd, "port" | "user" | "keyPath" | "knownHostsPath">;
  readonly count: number;
  readonly atOnce: number;
}

const worker = self as unknown as {
  onmessage: (event: MessageEvent<Work>) => void;
  postMessage(message: string): void;
};
const connector = new Connector({ clock: systemClock });

worker.onmessage = ({ data }) => {
  connectAll(data).then(
    () => worker.postMessage("done"),
    (error) => worker.postMessage(`${error}`),
  );
};

async function connectAll({ sshd, count, atOnce }: Work): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) {
      const connection = await connector.connect(targetOf(sshd as Sshd));
      await connection[Symbol.asyncDispose]();
    }
  }));
}
