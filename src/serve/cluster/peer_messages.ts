import type { Approval } from "../../guard/approvals.ts";
import type { Caller } from "../../guard/caller.ts";
import type { ToolResult } from "../../mcp/tool.ts";
import type { Replica } from "./store.ts";

/** The parts of a request's context that the answering replica needs. */
export interface CallContext {
  readonly progressToken: string | number | undefined;
  /** The client's capabilities, as the protocol's envelope has it. */
  readonly envelope: unknown;
  /** A person's answers to a form, and the question they answer. */
  readonly inputResponses: unknown;
  readonly requestState: unknown;
}

/** A request of one replica to another. */
export type PeerRequest =
  | {
    readonly kind: "call";
    readonly caller: Caller;
    readonly tool: string;
    readonly args: unknown;
    readonly context: CallContext;
  }
  /** Whether the caller's sessions are there. */
  | { readonly kind: "holds"; readonly caller: string }
  /** A client takes a request back that may be under way there. */
  | { readonly kind: "cancel"; readonly key: string; readonly reason: string }
  /** A forwarded call ends; without a reason only the waiting does. */
  | { readonly kind: "stop"; readonly call: string; readonly reason: string | undefined }
  /** The requests of a caller that wait there for a person. */
  | { readonly kind: "approvals"; readonly caller: string }
  /** A person's word on one of them. */
  | {
    readonly kind: "approve";
    readonly caller: string;
    readonly approval: string;
    readonly decision: unknown;
  }
  /** Renew the lease of the one that asks, which does not reach the database. */
  | {
    readonly kind: "beat";
    readonly replica: Replica;
    readonly leaseMs: number;
    /** Whose sessions it has. */
    readonly callers: readonly string[];
  };

/** An answer, piece by piece; `result` and `not-mine` are last. */
export type PeerAnswer =
  | { readonly kind: "progress"; readonly notification: unknown }
  | { readonly kind: "alive" }
  | { readonly kind: "result"; readonly result: ToolResult }
  | { readonly kind: "not-mine" }
  | { readonly kind: "approvals"; readonly approvals: readonly Approval[] }
  | { readonly kind: "word"; readonly yes: boolean };
