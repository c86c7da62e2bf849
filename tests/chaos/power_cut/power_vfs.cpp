// SQLite's files on the simulated disk: the platform's own VFS does the work, PowerDisk decides whether it may and what of it survives.
// Locks and the shared index of the log are memory and pass through.
#include <sqlite3.h>

#include <cstring>
#include <new>

#include "chaos/power_cut/power_disk.hpp"

namespace messo::test {
namespace {

sqlite3_vfs* platform = nullptr;

// SQLite allocates it, with the platform's own file behind it.
struct DiskFile {
  sqlite3_file base;
  std::string* path;
  std::uint64_t told;  // of failed syncs
  bool syncs_folder;   // logs and journals are synced together with their folder
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

DiskFile& disk_file(sqlite3_file* file) { return *reinterpret_cast<DiskFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return disk_file(file).real(); }
PowerDisk& disk() { return PowerDisk::instance(); }

int close_file(sqlite3_file* file) {
  delete disk_file(file).path;
  return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, amount, offset);
}
int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  int code = SQLITE_OK;
  const bool done = disk().write(*disk_file(file).path, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(amount),
                                 [&] { code = real(file)->pMethods->xWrite(real(file), from, amount, offset); });
  return done ? code : SQLITE_IOERR_WRITE;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  int code = SQLITE_OK;
  const bool done = disk().truncate(*disk_file(file).path, static_cast<std::uint64_t>(size),
                                    [&] { code = real(file)->pMethods->xTruncate(real(file), size); });
  return done ? code : SQLITE_IOERR_TRUNCATE;
}
int sync_file(sqlite3_file* file, int) {
  DiskFile& which = disk_file(file);
  if (!disk().sync(*which.path, which.told)) return SQLITE_IOERR_FSYNC;
  if (which.syncs_folder && !disk().sync_folder(std::filesystem::path(*which.path).parent_path())) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int check_lock(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
int control(sqlite3_file* file, int what, void* with) { return real(file)->pMethods->xFileControl(real(file), what, with); }
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

const sqlite3_io_methods kMethods = {2,        close_file,  read_file,  write_file, truncate_file, sync_file,       file_size,
                                     lock,     unlock,      check_lock, control,    sector_size,   characteristics, shm_map,
                                     shm_lock, shm_barrier, shm_unmap,  nullptr,    nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  DiskFile& opened = disk_file(file);
  opened.base.pMethods = nullptr;
  const bool ours = name != nullptr && disk().holds(name);
  int code = SQLITE_OK;
  const auto really = [&] {
    code = platform->xOpen(platform, name, opened.real(), flags, out_flags);
    return code == SQLITE_OK;
  };
  if (ours && (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(name)) {
    if (!disk().created(name, really)) return SQLITE_CANTOPEN;
  } else {
    really();
  }
  if (code != SQLITE_OK) return code;
  opened.path = new std::string(name != nullptr ? name : "");
  opened.told = ours ? disk().failed_syncs(name) : 0;
  opened.syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  opened.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_folder) {
  if (!disk().holds(name)) return platform->xDelete(platform, name, sync_folder);
  if (!std::filesystem::exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (!disk().removed(name)) return SQLITE_IOERR_DELETE;
  if (sync_folder != 0 && !disk().sync_folder(std::filesystem::path(name).parent_path())) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

}  // namespace

void install_power_vfs() {
  static sqlite3_vfs vfs;
  if (platform != nullptr) return;
  platform = sqlite3_vfs_find(nullptr);
  vfs = *platform;
  vfs.zName = "power-disk";
  vfs.szOsFile = static_cast<int>(sizeof(DiskFile)) + platform->szOsFile;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  sqlite3_vfs_register(&vfs, 1);
}

}  // namespace messo::test
