import { describe, expect, it } from "vitest";
import {
  audioCodecName,
  containerName,
  frameRateName,
  languageName,
  resolutionName,
  subtitleCodecName,
  videoCodecName,
} from "./probe-names.ts";

describe("in Plex's words", () => {
  it.each([
    [3840, 1600, "4k"],
    [2560, 1440, "2k"],
    [1920, 1080, "1080"],
    [1920, 1088, "1080"],
    [1920, 800, "1080"],
    [1440, 1080, "1080"],
    [1280, 544, "720"], // As in a captured session.
    [960, 720, "720"],
    [1024, 576, "576"],
    [720, 576, "576"],
    [854, 480, "480"],
    [720, 400, "480"],
    [640, 360, "sd"],
  ])("%d × %d is %s", (width, height, name) => expect(resolutionName(width, height)).toBe(name));

  it.each([
    [23.976, "24p"],
    [24, "24p"],
    [25, "PAL"],
    [29.97, "NTSC"],
    [50, "50p"],
    [59.94, "60p"],
  ])("%d frames a second are %s", (rate, name) => expect(frameRateName(rate)).toBe(name));

  it.each([
    ["AVC", undefined, "h264"],
    ["HEVC", undefined, "hevc"],
    ["MPEG Video", "Version 2", "mpeg2video"],
    ["MPEG Video", "Version 1", "mpeg1video"],
    ["MPEG-4 Visual", undefined, "mpeg4"],
    ["VP9", undefined, "vp9"],
    ["AV1", undefined, "av1"],
  ])("video %s (%s) is %s", (format, version, name) => expect(videoCodecName(format, version)).toBe(name));

  it.each([
    ["AC-3", undefined, "ac3"],
    ["E-AC-3", undefined, "eac3"],
    ["DTS", undefined, "dca"],
    ["MLP FBA", undefined, "truehd"],
    ["MPEG Audio", "Layer 3", "mp3"],
    ["MPEG Audio", "Layer 2", "mp2"],
    ["MPEG 1 Layer 3", "CBR", "mp3"],
    ["MPEG-4/AAC", undefined, "aac"],
    ["Vorbis I", undefined, "vorbis"],
    ["Opus", undefined, "opus"],
    ["ALAC", undefined, "alac"],
  ])("audio %s (%s) is %s", (format, profile, name) => expect(audioCodecName(format, profile)).toBe(name));

  it.each([
    ["Matroska", undefined, "mkv"],
    ["WebM", undefined, "webm"],
    ["MPEG-4", "Base Media", "mp4"],
    ["MPEG-4", "QuickTime", "mov"],
    ["M4A/isom/iso2", undefined, "mp4"],
    ["BDAV", undefined, "mpegts"],
    ["AVI", undefined, "avi"],
    ["MPEG", undefined, "mp3"],
    ["ADTS/MPEG-4", undefined, "aac"],
    ["Ogg", undefined, "ogg"],
  ])("container %s (%s) is %s", (format, profile, name) => expect(containerName(format, profile)).toBe(name));

  it("subtitles and languages", () => {
    expect(["UTF-8", "PGS", "ASS", "Timed Text"].map(subtitleCodecName)).toEqual(["srt", "pgs", "ass", "mov_text"]);
    expect(["en", "de", "zh-Hans", "no such tag", ""].map(languageName)).toEqual([
      ...["English", "German", "Simplified Chinese", undefined, undefined],
    ]);
  });
});
