/** @module English: the shell. */

export const shell = {
  welcome: "Logged in; help lists the commands.\n",
  leaves: "exit or Ctrl-D leaves\n",
  again: "ftpc: the connection was lost: connecting again\n",
};
