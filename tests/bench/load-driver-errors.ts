/** Errors of the database driver that nobody can catch, in the process of the bench. */

/**
 * The driver throws where nobody can catch it when a connection breaks at the wrong moment. In a server
 * that is the end, and is counted; the referee has to go on.
 */
export function surviveDriverErrors() {
  let count = 0;
  const ignore = () => {
    count += 1;
  };
  const events = ["uncaughtException", "unhandledRejection"];
  for (const event of events) process.on(event, ignore);
  return {
    count: () => count,
    stop() {
      for (const event of events) process.off(event, ignore);
    },
  };
}
