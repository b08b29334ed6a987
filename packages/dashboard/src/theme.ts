import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const reel: MantineColorsTuple = [
  "#e7f6f3",
  "#d2ebe6",
  "#a5d6cd",
  "#75c1b3",
  "#4fae9f",
  "#36a292",
  "#1f8b7c",
  "#0f7a6d",
  "#0c6a62",
  "#08504a",
];

const dark: MantineColorsTuple = [
  "#e4e9ea",
  "#c3cacd",
  "#98a5aa",
  "#738086",
  "#364045",
  "#283034",
  "#1d2427",
  "#161b1e",
  "#0f1315",
  "#0b0e10",
];

export const theme = createTheme({
  colors: { reel, dark },
  primaryColor: "reel",
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  respectReducedMotion: true,
  cursorType: "pointer",
});

const colors = {
  "--mantine-color-body": "var(--bg)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--muted)",
  "--mantine-color-default": "var(--panel)",
  "--mantine-color-default-border": "var(--line)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-anchor": "var(--accent)",
};

/** Mantine's colours are those of theme.css. */
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: colors, dark: colors });
