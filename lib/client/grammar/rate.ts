/** @module A rate as it is told, so that a mistake in its unit is seen. */
import { texts } from "../texts/mod.ts";

/** `5,242,880 bytes/s (41.9 Mbit/s)`. */
export function formatRate(bytesPerSecond: number): string {
  const bytes = String(bytesPerSecond).replace(/\B(?=(?:\d{3})+$)/g, ",");
  const mbit = (bytesPerSecond * 8 / 1e6).toPrecision(3);
  return texts.grammar.rate(bytes, String(Number(mbit)));
}
