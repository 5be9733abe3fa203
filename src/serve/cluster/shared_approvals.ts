import type { Approval, Approvals } from "../../guard/approvals.ts";
import type { Ownership } from "./ownership.ts";
import type { Peers } from "./peers.ts";

const ASK_MS = 1_000;

/** The requests that wait for a caller's own person, at whichever replica they wait. */
export class SharedApprovals {
  readonly #approvals: Approvals;
  readonly #ownership: Pick<Ownership, "others">;
  readonly #peers: Peers | undefined;

  constructor(
    approvals: Approvals,
    { ownership, peers }: {
      readonly ownership: Pick<Ownership, "others">;
      /** Undefined of one replica alone. */
      readonly peers: Peers | undefined;
    },
  ) {
    this.#approvals = approvals;
    this.#ownership = ownership;
    this.#peers = peers;
  }

  /** Those of a caller at all replicas, oldest first. */
  async pending(caller: string): Promise<readonly Approval[]> {
    const elsewhere = await Promise.all(this.#ownership.others.map(async (peer) => {
      const request = { kind: "approvals", caller } as const;
      const answer = await this.#peers?.call(peer, request, { silentMs: ASK_MS })
        .catch(() => undefined);
      return answer?.kind === "approvals" ? answer.approvals : [];
    }));
    return [this.pendingHere(caller), ...elsewhere].flat()
      .sort((a, b) => a.askedAt < b.askedAt ? -1 : 1);
  }

  /** A person's word on a request of the same caller; whether it came in time. */
  async answer(caller: string, approval: string, decision: unknown): Promise<boolean> {
    if (this.answerHere(caller, approval, decision)) return true;
    const request = { kind: "approve", caller, approval, decision } as const;
    const words = await Promise.all(
      this.#ownership.others.map((peer) => this.#peers?.ask(peer, request)),
    );
    return words.some((word) => word === true);
  }

  /** Those of a caller at this replica. */
  pendingHere(caller: string): readonly Approval[] {
    return this.#approvals.pending().filter(({ request }) => request.caller === caller);
  }

  /** Whether the request waits here, is the caller's own, and got its answer now. */
  answerHere(caller: string, approval: string, decision: unknown): boolean {
    const isOwn = this.pendingHere(caller).some(({ id }) => id === approval);
    return isOwn && this.#approvals.answer(approval, decision, `console: ${caller}`) === "taken";
  }
}
