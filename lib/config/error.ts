/** @module Errors of configuration, by code. */

export type ConfigCode = "usage"; // flags or a command that do not exist

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly code: ConfigCode,
    message: string, // one line for a person
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
