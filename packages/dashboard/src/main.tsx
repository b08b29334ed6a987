import "./styles.ts";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { reloadForNewBuild } from "./shell/new-build.ts";

reloadForNewBuild();
const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(<App />);
