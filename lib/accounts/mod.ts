/** @module Accounts: accounts.ini, who may log in, and logging in. */
export {
  type Account,
  type AccountProblem,
  type AccountProblemCode,
  type AccountsFile,
  homeFolder,
  readAccounts,
} from "./accounts.ts";
export {
  type Authenticator,
  createAuthenticator,
  LOGIN_LIMITS,
  type LoginLimits,
  type LoginStep,
} from "./authenticator.ts";
export { type AccountsCode, AccountsError } from "./error.ts";
export { initFolder, type Initialized, type InitOptions } from "./init.ts";
export { loadAccounts, type LoadedAccounts, weakness } from "./load.ts";
export { Secret } from "./secret.ts";
