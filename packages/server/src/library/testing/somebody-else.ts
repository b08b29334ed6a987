/** Root reads everything: what may not be read is only seen as another user. */
export async function asSomebodyElse<T>(work: () => Promise<T>): Promise<T> {
  const root = process.getuid?.() === 0;
  if (root) process.seteuid?.("nobody");
  try {
    return await work();
  } finally {
    if (root) process.seteuid?.("root");
  }
}
