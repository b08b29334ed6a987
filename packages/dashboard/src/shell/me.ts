import { createContext, useContext } from "react";
import type { Me } from "../sign-in/session.ts";

export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === undefined) throw new Error("outside of Shell");
  return me;
}
