/** @module The server: listeners, sessions, limits, shutdown, the log. */
export {
  type Admission,
  type AdmissionLimits,
  LocalAdmission,
} from "./admission.ts";
export { type ServerContext, type SessionLimits } from "./context.ts";
export { Homes, type OpenHome } from "./homes.ts";
export { createLog, LineWriter, type Log } from "./log.ts";
export { main } from "./main.ts";
export { Server } from "./server.ts";
