import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { slimCatalogue } from "../sdk/slim-catalogue.ts";

export default defineConfig({
  // Relative: the page works below whatever path a proxy puts the server.
  base: "./",
  plugins: [react(), slimCatalogue()],
  resolve: { conditions: ["source", "module", "browser", "import", "default"] },
  // The server puts a new one into each answer.
  html: { cspNonce: "__REELAY_NONCE__" },
  build: {
    target: "es2023",
    assetsDir: "assets",
    // Nothing inline: `font-src` and `script-src` allow no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
