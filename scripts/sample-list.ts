// What the sample library holds: invented films, shows and albums, with the letters that trip up careless code.

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly hue: number;
}

/** What is true of a file whoever looks at it: compared with what Reelay makes of it. */
export interface Facts {
  readonly section: "movie" | "show" | "artist";
  readonly type: "movie" | "episode" | "track";
  readonly title: string;
  readonly year?: number;
  readonly show?: string;
  readonly season?: number;
  readonly episode?: number;
  readonly artist?: string;
  readonly album?: string;
  readonly index?: number;
}

export type Sample = { readonly file: string; readonly facts: Facts } & (
  | {
      readonly kind: "video";
      readonly video: "h264" | "hevc";
      readonly audio: "aac" | "ac3";
      readonly size: readonly [number, number];
      readonly fps: string;
      readonly crf: number;
      readonly seconds: number;
      readonly hue: number;
      readonly cover?: Picture;
    }
  | {
      readonly kind: "audio";
      readonly codec: "mp3" | "flac";
      readonly hertz: number;
      readonly seconds: number;
      readonly tags: Readonly<Record<string, string>>;
      readonly cover?: Picture;
    }
  | { readonly kind: "broken" }
);

interface Beside {
  readonly beside?: { readonly file: string; readonly picture: Picture };
}

const poster = (hue: number): Picture => ({ width: 300, height: 450, hue });
const square = (hue: number): Picture => ({ width: 300, height: 300, hue });

const film = (title: string, year: number, extension: string) => ({
  file: `Films/${title} (${year})/${title} (${year}).${extension}`,
  facts: { section: "movie", type: "movie", title, year } as const,
});

export const films: readonly (Sample & Beside)[] = [
  {
    ...film("Die Mühle am Ende der Straße", 1987, "mp4"),
    ...{ kind: "video", video: "h264", audio: "aac", size: [1280, 720], fps: "24", crf: 42, seconds: 4, hue: 0 },
  },
  {
    ...film("The Cartographer's Daughter", 2011, "mkv"),
    ...{ kind: "video", video: "h264", audio: "ac3", size: [854, 480], fps: "25", crf: 40, seconds: 5, hue: 60 },
    cover: poster(60),
  },
  {
    ...film("雨の灯台", 2019, "mkv"),
    ...{ kind: "video", video: "hevc", audio: "aac", size: [1920, 1080], fps: "24000/1001", crf: 44 },
    ...{ seconds: 3, hue: 120 },
    beside: { file: "Films/雨の灯台 (2019)/poster.jpg", picture: poster(120) },
  },
  { ...film("A Reel Left in the Rain", 2003, "mkv"), kind: "broken" },
];

const pad = (n: number): string => String(n).padStart(2, "0");

interface Show extends Beside {
  readonly title: string;
  readonly year: number | null;
  readonly seasons: readonly number[];
  readonly episodes: readonly Sample[];
}

function show(title: string, year: number | null, hue: number, seasons: Record<number, readonly string[]>): Show {
  const folder = year === null ? title : `${title} (${year})`;
  const episodes = Object.entries(seasons).flatMap(([season, titles]) =>
    titles.map((name, at): Sample => {
      const number = `S${pad(Number(season))}E${pad(at + 1)}`;
      const inside = Number(season) === 0 ? "Specials" : `Season ${pad(Number(season))}`;
      return {
        file: `Shows/${folder}/${inside}/${title} - ${number} - ${name}.mkv`,
        facts: { section: "show", type: "episode", title: name, show: title, season: Number(season), episode: at + 1 },
        ...{ kind: "video", video: "h264", audio: "aac", size: [320, 180], fps: "25", crf: 36 },
        ...{ seconds: 2 + at, hue: hue + 20 * at + 7 * Number(season) },
      };
    }),
  );
  return { title, year, seasons: Object.keys(seasons).map(Number), episodes };
}

export const shows: readonly Show[] = [
  {
    ...show("Tidewrack & Sons", 2014, 30, {
      1: ["The Ledger", "Low Water", "What the Gulls Knew"],
      2: ["High Water", "“Nobody's Harbour”"],
    }),
    beside: { file: "Shows/Tidewrack & Sons (2014)/poster.jpg", picture: poster(200) },
  },
  show("Gleis Neuneinhalb", null, 150, {
    0: ["Der Pilotfilm, den keiner sah"],
    1: ["Grüße aus Üsenbach", "Verspätung", "夜の駅", "Endstation"],
  }),
];

interface Album extends Beside {
  readonly artist: string;
  readonly title: string;
  readonly year: number;
  readonly tracks: readonly Sample[];
}

function album(artist: string, title: string, year: number, codec: "mp3" | "flac", names: readonly string[]): Album {
  const tracks = names.map((name, at): Sample => {
    const tags = { title: name, artist, album_artist: artist, album: title, date: String(year), genre: "Invented" };
    return {
      file: `Music/${artist}/${title} (${year})/${pad(at + 1)} - ${name}.${codec}`,
      facts: { section: "artist", type: "track", title: name, year, artist, album: title, index: at + 1 },
      ...{ kind: "audio", codec, hertz: 220 + 55 * at, seconds: 3 + (at % 3) },
      tags: { ...tags, track: `${at + 1}/${names.length}`, disc: "1/1" },
      ...(codec === "flac" ? { cover: square(280) } : {}),
    };
  });
  return { artist, title, year, tracks };
}

export const albums: readonly Album[] = [
  {
    ...album("Marisol Quandt", "Salt Maps", 2016, "mp3", [
      "Brackish",
      "Don't Wake the Ferryman",
      "Kompaß",
      "The 4-15 to Nowhere",
      "“Unsent”",
      "Øresund, Almost",
    ]),
    beside: { file: "Music/Marisol Quandt/Salt Maps (2016)/cover.jpg", picture: square(20) },
  },
  album("青い砂丘", "Zwölf Türen", 2021, "flac", ["第一の扉", "Flur", "Schlüssel", "窓", "Treppe", "Draußen"]),
];
