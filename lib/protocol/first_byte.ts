/**
 * What the first byte of a stream tells (PROTOCOL.md, "The first byte"): a
 * server that is met by a stranger says so in the stranger's language.
 * @module
 */

/** Who seems to speak. */
export type Stranger =
  | "tls"
  | "http"
  | "ssh"
  | "selectftp" // the program that this one replaces: JSON with no frame
  | "ftp"
  | "unknown";

const FIRST_BYTES: ReadonlyMap<number, Stranger> = new Map([
  [0x16, "tls"], // a handshake record (RFC 8446, 5.1)
  [0x15, "tls"], // an alert: what a TLS server says to our first frame
  [0x7b, "selectftp"], // {
  ...[..."GHOPTCD"].map((c): [number, Stranger] => [c.charCodeAt(0), "http"]),
  [0x53, "ssh"], // SSH-2.0- (RFC 4253, 4.2)
  [0x32, "ftp"], // 220: a server's greeting (RFC 959, 4.2)
]);

/** Who speaks, or null where the byte starts a frame. */
export function strangerOf(firstByte: number): Stranger | null {
  if (firstByte === 0 || firstByte === 1) return null;
  return FIRST_BYTES.get(firstByte) ?? "unknown";
}

const PLAIN_WORDS =
  "This is ftpd's framed protocol: use ftpc to talk to it (PROTOCOL.md).\n";
/** A fatal alert, protocol_version (RFC 8446, 6): no TLS is spoken here yet. */
const TLS_ALERT = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46);
const encoder = new TextEncoder();

/**
 * What a stranger gets before the connection is closed. Nothing that it sent
 * is given back (cross-protocol attacks live on reflection), and null where
 * there is nothing that would be understood.
 */
export function answerToStranger(stranger: Stranger): Uint8Array | null {
  switch (stranger) {
    case "tls":
      return TLS_ALERT;
    case "http":
      return encoder.encode(
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n" +
          "Content-Type: text/plain\r\n" +
          `Content-Length: ${PLAIN_WORDS.length}\r\n\r\n${PLAIN_WORDS}`,
      );
    case "selectftp":
      return encoder.encode(
        JSON.stringify({ status_code: 201, status_msg: PLAIN_WORDS.trim() }),
      );
    case "ssh":
      return encoder.encode(PLAIN_WORDS);
    case "ftp":
    case "unknown":
      return null;
  }
}
