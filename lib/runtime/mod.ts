/** @module All that is not ours, behind interfaces that are passed down. */
export { type NetworkCode, NetworkError } from "./error.ts";
export type {
  Address,
  Clock,
  Connection,
  Deadline,
  Listener,
  Network,
  Random,
  Runtime,
  SignalName,
  Signals,
  Timers,
  Turns,
} from "./runtime.ts";
export { systemRuntime } from "./system.ts";
export { ALONE_MS, createTurns, SHARED_MS } from "./turns.ts";
