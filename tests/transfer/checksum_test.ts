/** Checksums: the known values, and the same however the bytes are cut. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createChecksum } from "../../lib/transfer/mod.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

// CRC-32: the check value of the catalogues. SHA-256: FIPS 180-2, appendix B.
const KNOWN = [
  { text: "", sum: "crc32:00000000" },
  { text: "123456789", sum: "crc32:cbf43926" },
  { text: "a", sum: "crc32:e8b7be43" },
  {
    text: "",
    sum:
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  },
  {
    text: "abc",
    sum:
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  },
  {
    text: "a".repeat(1_000_000),
    sum:
      "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  },
] as const;
for (const { text, sum } of KNOWN) {
  const type = sum.startsWith("crc32") ? "crc32" : "sha256";
  Deno.test(`${type} of ${text.length} bytes is the known one`, () => {
    const checksum = createChecksum(type);
    checksum.update(bytesOf(text));
    assert.equal(checksum.digest(), sum);
    assert.equal(checksum.type, type);
    assert.equal(createChecksum(type).digest() === sum, text === "");
  });
}

Deno.test("a checksum is the same wherever the bytes are cut", () => {
  fc.assert(fc.property(
    fc.constantFrom("crc32" as const, "sha256" as const),
    fc.uint8Array({ maxLength: 100 }),
    fc.array(fc.nat(100), { maxLength: 5 }),
    (type, bytes, cuts) => {
      const whole = createChecksum(type);
      whole.update(bytes);
      const pieces = createChecksum(type);
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (const [at, from] of edges.entries()) {
        pieces.update(bytes.subarray(from, edges[at + 1] ?? from));
      }
      assert.equal(pieces.digest(), whole.digest());
    },
  ));
});

Deno.test("a CRC-32 always has eight digits, also where it starts with 0", () => {
  let leading = 0;
  for (let seed = 1; seed < 200; seed++) {
    const checksum = createChecksum("crc32");
    checksum.update(bytesOf(`${seed}`));
    const sum = checksum.digest();
    assert.match(sum, /^crc32:[0-9a-f]{8}$/);
    if (sum.startsWith("crc32:0")) leading++;
  }
  assert(leading > 0);
});
