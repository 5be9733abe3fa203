import type { ServerContext } from "@modelcontextprotocol/server";
import { ClientGoneError } from "../running_calls.ts";
import type { Ownership } from "./ownership.ts";
import type { CallContext, PeerAnswer, PeerRequest } from "./peer_messages.ts";
import type { PeerWork } from "./peer_server.ts";
import type { Router } from "./router.ts";
import type { SharedApprovals } from "./shared_approvals.ts";

/** The parts that peers' requests are answered with. */
export interface PeerDeskParts {
  readonly ownership: Ownership;
  readonly approvals: SharedApprovals;
  /** Whether the request is under way here. */
  readonly cancel: (key: string, reason: string) => boolean;
}

/** The requests of peers that are under way here, and the answers to all. */
export class PeerDesk {
  readonly #router: Router;
  readonly #stops = new Map<string, AbortController>();
  readonly #parts: PeerDeskParts;

  constructor(router: Router, parts: PeerDeskParts) {
    this.#router = router;
    this.#parts = parts;
  }

  /** Answers a request of a peer. */
  async answer(
    request: PeerRequest,
    work: {
      readonly id: string;
      readonly signal: AbortSignal;
      readonly progress: (n: unknown) => void;
    },
  ): Promise<PeerAnswer> {
    switch (request.kind) {
      case "holds":
        return { kind: "word", yes: this.#parts.ownership.holds(request.caller) };
      case "cancel":
        return { kind: "word", yes: this.#parts.cancel(request.key, request.reason) };
      case "stop":
        this.#stops.get(request.call)?.abort(request.reason);
        return { kind: "word", yes: this.#stops.has(request.call) };
      case "beat":
        return { kind: "word", yes: await this.#parts.ownership.beatFor(request) };
      case "approvals": {
        const approvals = this.#parts.approvals.pendingHere(request.caller);
        return { kind: "approvals", approvals };
      }
      case "approve": {
        const { caller, approval, decision } = request;
        const yes = this.#parts.approvals.answerHere(caller, approval, decision);
        return { kind: "word", yes };
      }
      case "call":
        return await this.#call(request, work);
    }
  }

  async #call(
    request: PeerRequest & { readonly kind: "call" },
    work: {
      readonly id: string;
      readonly signal: AbortSignal;
      readonly progress: (n: unknown) => void;
    },
  ): Promise<PeerAnswer> {
    const stop = new AbortController();
    this.#stops.set(work.id, stop);
    work.signal.addEventListener(
      "abort",
      () => stop.abort(new ClientGoneError("the asker is gone")),
    );
    const { caller, tool, args } = request;
    const context = unwired(request.context, { signal: stop.signal, progress: work.progress });
    try {
      const result = await this.#router.answerIfMine({ caller, tool, args, context });
      return result === undefined ? { kind: "not-mine" } : { kind: "result", result };
    } finally {
      this.#stops.delete(work.id);
    }
  }
}

function unwired(
  { progressToken, envelope, inputResponses, requestState }: CallContext,
  work: Pick<PeerWork, "signal" | "progress">,
): ServerContext {
  const mcpReq = {
    _meta: progressToken === undefined ? {} : { progressToken },
    envelope,
    inputResponses,
    requestState: () => requestState,
    signal: work.signal,
    notify: (notification: unknown) => {
      work.progress(notification);
      return Promise.resolve();
    },
  };
  return { mcpReq } as unknown as ServerContext;
}
