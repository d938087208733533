// Walks over the weights of a layer, which lie in the order of their use: a granule of them is gone through once for each
// chunk of pixels, then the next one follows. Several narrow words may share one word of the memory.
module weight_iterator #(
    parameter COLUMNS = 4,
    parameter RESIDENT = 1 // 0: granules come into two banks in turn
) (
    input  wire        clk,
    input  wire        reset,
    input  wire        start,
    input  wire        issue,
    input  wire        vector,        // the layer has no weights
    input  wire [15:0] items,         // words of a tile
    input  wire [15:0] last_items,    // words of a tile in the last granule
    input  wire [15:0] tiles, chunks, granules,
    input  wire [15:0] base,
    input  wire [15:0] packing,       // log2 of the words in one word of the memory
    input  wire [15:0] parameters,    // address of the layer's requantisation parameters
    input  wire [15:0] parameter_step,
    output wire [15:0] address,
    output wire [1:0]  slice,
    output reg         bank,
    output wire        fresh,         // at the first item of a granule
    output wire        first,
    output wire        last,
    output reg  [15:0] index,
    output wire        last_index,
    output reg  [15:0] column,        // index modulo COLUMNS
    output wire [15:0] parameter_address,
    output wire        free,          // the bank may be filled again
    output wire        ends,          // with the last item of the layer
    output reg         over
);
    reg [15:0] tile, chunk, granule, pointer, granule_pointer, group, granule_group;

    wire last_granule = granule + 16'd1 == granules;
    wire last_tile = tile + 16'd1 == tiles;
    wire last_chunk = chunk + 16'd1 == chunks;
    wire [15:0] mask = (16'd1 << packing) - 16'd1;
    wire [15:0] aligned = (pointer + 16'd1 + mask) & ~mask;
    wire [15:0] remainder = pointer & mask;
    wire last_column = column + 16'd1 == COLUMNS[15:0];

    wire unused = &{1'b0, remainder};
    assign last_index = index + 16'd1 == (last_granule ? last_items : items);
    assign first = tile == 0;
    assign last = last_tile;
    assign fresh = tile == 0 && chunk == 0 && index == 0;
    assign address = base + (pointer >> packing);
    assign slice = remainder[1:0];
    assign parameter_address = parameters + granule_group + group;
    assign ends = last_index && last_tile && last_chunk && last_granule;
    assign free = issue && last_index && last_tile && last_chunk;

    always @(posedge clk)
        if (reset) begin
            bank <= 1'b0;
            over <= 1'b1;
        end else if (start) begin
            {tile, chunk, granule, index, column} <= 80'd0;
            {pointer, granule_pointer, group, granule_group} <= 64'd0;
            over <= vector;
        end else if (issue) begin
            index <= last_index ? 16'd0 : index + 16'd1;
            column <= last_index || last_column ? 16'd0 : column + 16'd1;
            group <= last_index ? 16'd0 : last_column && parameter_step != 16'd1 ? group + 16'd1 : group;
            pointer <= pointer + 16'd1;
            if (last_index) begin
                tile <= last_tile ? 16'd0 : tile + 16'd1;
                if (last_tile && !last_chunk) begin
                    chunk <= chunk + 16'd1;
                    pointer <= granule_pointer;
                end
                if (last_tile && last_chunk) begin
                    chunk <= 16'd0;
                    granule <= granule + 16'd1;
                    granule_group <= granule_group + parameter_step;
                    over <= last_granule;
                    if (RESIDENT != 0) {pointer, granule_pointer} <= {aligned, aligned};
                    else begin
                        {pointer, granule_pointer} <= 32'd0;
                        bank <= ~bank;
                    end
                end
            end
        end
endmodule
