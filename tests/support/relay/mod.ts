/** @module A line with a delay and a rate, to be counted at and cut. */
export { Line, type LineShape } from "./line.ts";
export {
  type Counts,
  openRelay,
  type Place,
  type Relay,
  type RelayOptions,
  type Route,
  type Way,
} from "./relay.ts";
export { startRelay } from "./process.ts";
